"""The reference's augmentation: torchvision on PIL images, crop by crop."""

import random
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps
from torch import Tensor
from torchvision import transforms
from torchvision.transforms import InterpolationMode

__all__ = ["MultiCrop", "RandomBlur", "RandomSolarize", "load_image"]

GLOBAL_SIZE = (256, 128)  # (H, W)
LOCAL_SIZE = (128, 64)
GLOBAL_AREA = (0.8, 1.0)
LOCAL_AREA = (0.05, 0.8)
ASPECT_RATIO = (0.4, 0.6)  # width over height
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def load_image(path: str | Path) -> Image.Image:
    """Decode an image by PIL."""
    with Image.open(path) as image:
        return image.convert("RGB")


class RandomBlur:
    """Gaussian blur of a radius from 0.1 to 2 pixels, with some probability."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def __call__(self, image: Image.Image) -> Image.Image:
        """Blur, or not."""
        if random.random() >= self.probability:
            return image
        return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0)))


class RandomSolarize:
    """Solarize with some probability."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def __call__(self, image: Image.Image) -> Image.Image:
        """Solarize, or not."""
        if random.random() >= self.probability:
            return image
        return ImageOps.solarize(image)


class MultiCrop:
    """Two global views and some local ones of an image, as float tensors.

    Args:
        num_local_views: How many local views.

    Source:
        docs/reference.md §2.4.
    """

    def __init__(self, num_local_views: int = 8) -> None:
        self.num_local_views = num_local_views
        colors = transforms.ColorJitter(0.4, 0.4, 0.2, 0.1)
        flip_and_color = [
            transforms.RandomHorizontalFlip(0.5),
            transforms.RandomApply([colors], p=0.8),
            transforms.RandomGrayscale(0.2),
        ]
        normalize = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
        global_crop = _crop(GLOBAL_SIZE, GLOBAL_AREA)
        local_crop = _crop(LOCAL_SIZE, LOCAL_AREA)
        self.first_view, self.second_view, self.local_view = (
            transforms.Compose([crop, *flip_and_color, *last, *normalize])
            for crop, last in (
                (global_crop, [RandomBlur(1.0)]),
                (global_crop, [RandomBlur(0.1), RandomSolarize(0.2)]),
                (local_crop, [RandomBlur(0.5)]),
            )
        )

    def __call__(self, image: Image.Image) -> list[Tensor]:
        """Draw all views.

        Args:
            image: RGB.

        Returns:
            Normalized tensors, two (3, 256, 128), then (3, 128, 64) each.
        """
        views = [self.first_view(image), self.second_view(image)]
        return views + [self.local_view(image) for _ in range(self.num_local_views)]


def _crop(
    size: tuple[int, int], area: tuple[float, float]
) -> transforms.RandomResizedCrop:
    return transforms.RandomResizedCrop(
        size,
        scale=area,
        ratio=ASPECT_RATIO,
        interpolation=InterpolationMode.BICUBIC,
    )
