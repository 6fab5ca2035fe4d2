"""Market-1501 and everything in its layout, such as our synthetic pedestrians."""

from collections.abc import Sequence
from pathlib import Path

from solider_mm.datasets.layouts import find_image_folder, market1501_name
from solider_mm.downstream.reid.base_dataset import ReIDBaseDataset
from solider_mm.downstream.reid.crops import Crop, list_images
from solider_mm.registry import DATASETS

__all__ = ["Market1501"]

_SUBSETS = {"train": "train", "query": "query", "gallery": "test"}


@DATASETS.register_module()
class Market1501(ReIDBaseDataset):
    """Market-1501: `bounding_box_train`, `query`, `bounding_box_test`.

    Identity and camera are read from names such as `0002_c1s1_000451_03.jpg`, and
    from the file name alone: the reference searches the whole path and misreads
    folders like `…_c2…` (docs/reference.md §R9). Other files than images (`Thumbs.db`)
    are left out; an image with another name is refused.

    Of the original, 12,936 training images of 751 identities, 3,368 queries and 15,913
    gallery images remain without the junk.

    Args:
        data_root: The folder of the three folders, or the one that holds it under
            the name `market1501`, `Market-1501-v15.09.15` or `Market-1501`.
        **kwargs: Arguments of `ReIDBaseDataset`: `split`, `pipeline` and so on.

    Source:
        docs/reference.md §4.3.
    """

    def read_parts(self, parts: Sequence[str]) -> dict[str, list[Crop]]:
        """List the crops of parts.

        Raises:
            FileNotFoundError: A folder does not exist.
            ValueError: A folder has no image, or one with an impossible name.
        """
        root = Path(self.data_root)
        return {
            part: _read_folder(find_image_folder(root, "market1501", _SUBSETS[part]))
            for part in parts
        }


def _read_folder(folder: Path) -> list[Crop]:
    return [_read_name(folder / name) for name in list_images(folder)]


def _read_name(path: Path) -> Crop:
    try:
        person, camera = market1501_name(path)
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is no crop of Market-1501: {error}") from error
    if camera < 1:
        raise ValueError(
            f"{str(path)!r} names camera {camera}: expected 1 or larger, as in "
            "'0002_c1s1_000451_03.jpg'; rename the file or take it out"
        )
    return Crop(path, person, camera - 1)
