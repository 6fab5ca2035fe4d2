"""Images of any source, resized for a model, with the numbers of unreadable ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from solider_mm.datasets.person_images import PersonImages
from solider_mm.datasets.transforms import LoadPersonImage
from solider_mm.fileio.decoding import UnreadableImageError
from solider_mm.functional.image_batch import image_batch

__all__ = ["PlainImages", "collate_plain_images", "open_images"]

Sample = tuple[int, Tensor | None]


class PlainImages(Dataset[Sample]):
    """Resized, normalized images without augmentation.

    Args:
        images: Images of any source.
        size: Size (H, W) of the result.
        mean: Mean of each RGB channel, in 0…255.
        std: Standard deviation of each RGB channel, in 0…255.
    """

    def __init__(
        self,
        images: PersonImages,
        size: tuple[int, int],
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
    ) -> None:
        self.images = images
        self.size, self.mean, self.std = size, mean, std
        self.load = LoadPersonImage()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Sample:
        """Return the number of an image, and the image (3, H, W).

        Args:
            index: Number of the image.

        Returns:
            The number, and None for an image that cannot be read.
        """
        try:
            pixels = self.load(self.images.get_data_info(index))["img"]
        except UnreadableImageError:
            return index, None
        rgb = torch.from_numpy(pixels[..., ::-1].copy())
        return index, image_batch([rgb], self.size, self.mean, self.std)[0]


def collate_plain_images(
    samples: Sequence[Sample],
) -> tuple[int, list[int], Tensor | None]:
    """Put samples together.

    Args:
        samples: Samples of `PlainImages`.

    Returns:
        Number of the last image, numbers of the readable ones (B,), and the images
        (B, 3, H, W), or None if there is no readable one.
    """
    readable = [(index, image) for index, image in samples if image is not None]
    numbers, images = [i for i, _ in readable], [image for _, image in readable]
    return samples[-1][0], numbers, torch.stack(images) if images else None


def open_images(location: str, **options: Any) -> PersonImages:
    """Open whatever a path holds: shards, an LMDB, a list, or a folder of images.

    Args:
        location: Folder of images, LMDB, folder or URL of tar shards, or text file with
            a path per line, relative to the file's folder.
        **options: Further arguments of `PersonImages`.

    Returns:
        The images.

    Raises:
        FileNotFoundError: If there is nothing at the path.
        ValueError: If it holds no images.
    """
    path = Path(location).expanduser()
    if "://" in location:
        return PersonImages(data_root=".", shards=location, **options)
    if "{" in path.name or any(path.glob("*.tar")):
        return PersonImages(data_root=path.parent, shards=path.name, **options)
    if (path / "data.mdb").is_file() or path.suffix == ".mdb":
        return PersonImages(data_root=path.parent, lmdb=path.name, **options)
    if path.is_file():
        return PersonImages(data_root=path.parent, list_file=path.name, **options)
    return PersonImages(data_root=path, **options)
