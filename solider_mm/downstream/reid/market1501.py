"""Market-1501 and datasets in its layout, such as synthetic pedestrians."""

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
    only from the file name: the official code searches the whole path and misreads
    folders like `…_c2…` (docs/reference.md §R9). Files that are not images
    (`Thumbs.db`) are skipped; images with other names are refused.

    The original dataset has 12,936 training images of 751 identities, 3,368 queries
    and 15,913 gallery images without junk.

    Args:
        data_root: Folder with the three subfolders, or its parent folder if it has the
            name `market1501`, `Market-1501-v15.09.15` or `Market-1501`.
        **kwargs: Arguments of `ReIDBaseDataset`: `split`, `pipeline` and so on.

    Source:
        docs/reference.md §4.3.
    """

    def read_parts(self, parts: Sequence[str]) -> dict[str, list[Crop]]:
        """List the crops of some parts.

        Args:
            parts: Names out of `train`, `query` and `gallery`.

        Returns:
            Crops of each part.

        Raises:
            FileNotFoundError: If a folder does not exist.
            ValueError: If a folder has no image, or an image has an invalid name.
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
        raise ValueError(
            f"{str(path)!r} is not a crop of Market-1501: {error}"
        ) from error
    if camera < 1:
        raise ValueError(
            f"{str(path)!r} has camera {camera}: expected 1 or larger, as in "
            "'0002_c1s1_000451_03.jpg'; rename or remove the file"
        )
    return Crop(path, person, camera - 1)
