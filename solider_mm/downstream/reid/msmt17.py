"""MSMT17, first and second version."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from solider_mm.downstream.reid.base_dataset import ReIDBaseDataset
from solider_mm.downstream.reid.crops import Crop, require_files
from solider_mm.fileio.images import IMAGE_SUFFIX_PATTERN
from solider_mm.fileio.text_file import read_text, with_forward_slashes
from solider_mm.registry import DATASETS

__all__ = ["MSMT17"]

_HOMES = ("MSMT17", "MSMT17_V1", "MSMT17_V2", "msmt17", "")
_LISTS = {"train": ("train", "val"), "query": ("query",), "gallery": ("gallery",)}
_FOLDERS = {"train": ("train", "mask_train_v2"), "test": ("test", "mask_test_v2")}
_NAME = re.compile(r"[^_]+_[^_]+_(?P<camera>\d+)(?:_.*)?" + IMAGE_SUFFIX_PATTERN)


@DATASETS.register_module()
class MSMT17(ReIDBaseDataset):
    """MSMT17: lists of `relative_path identity` beside the image folders.

    The training split is `list_train.txt` with `list_val.txt`, as in the official code:
    32,621 images of 1,041 identities. The test split has 11,659 queries and 82,161
    gallery images by 15 cameras. The camera is the third field of the file name, in
    `0000/0000_000_01_0303morning_0015_0.jpg` it is 01.

    Args:
        data_root: Folder of the lists, or its parent folder if it has the name
            `MSMT17`, `MSMT17_V1`, `MSMT17_V2` or `msmt17`. The images are in `train`
            and `test`, in the second version in `mask_train_v2` and `mask_test_v2`.
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
            FileNotFoundError: If a folder, a list or an image does not exist.
            ValueError: If a list is empty or has an invalid line, or training
                identities are missing.
        """
        home = _find_home(Path(self.data_root))
        read = {part: _read_part(home, part) for part in parts}
        if "train" in read:
            _require_contiguous(read["train"], home)
        return read


def _find_home(root: Path) -> Path:
    for home in _HOMES:
        if (root / home / "list_train.txt").is_file():
            return root / home
    tried = ", ".join(home for home in _HOMES if home)
    raise FileNotFoundError(
        f"data_root {str(root)!r} has no MSMT17: expected list_train.txt in it or in "
        f"one of the folders {tried}; set SOLIDER_MM_DATA or data_root"
    )


def _read_part(home: Path, part: str) -> list[Crop]:
    folder = _find_image_folder(home, "train" if part == "train" else "test")
    crops: list[Crop] = []
    for name in _LISTS[part]:
        file = home / f"list_{name}.txt"
        if not file.is_file():
            raise FileNotFoundError(
                f"list {str(file)!r} does not exist: expected lines 'path identity'; "
                "unpack MSMT17 completely"
            )
        found = list(_read_list(file, folder))
        if not found:
            raise ValueError(
                f"list {str(file)!r} is empty: expected lines 'path identity'; unpack "
                "MSMT17 again"
            )
        require_files(found, file)
        crops += found
    return crops


def _find_image_folder(home: Path, kind: str) -> Path:
    for name in _FOLDERS[kind]:
        if (home / name).is_dir():
            return home / name
    raise FileNotFoundError(
        f"{str(home)!r} has no {kind} images: expected a folder "
        f"{' or '.join(_FOLDERS[kind])} beside the lists; unpack MSMT17 there"
    )


def _read_list(file: Path, folder: Path) -> Iterator[Crop]:
    lines = read_text(file, keep_bytes=True).splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        path, _, person = with_forward_slashes(line.strip()).rpartition(" ")
        name = _NAME.fullmatch(path.rpartition("/")[2])
        if name is None or not person.isdecimal() or int(name["camera"]) < 1:
            raise ValueError(
                f"line {number} of {str(file)!r} is {line!r}: expected path and "
                "identity like '0000/0000_000_01_0303morning_0015_0.jpg 0'"
            )
        yield Crop(folder / path.strip(), int(person), int(name["camera"]) - 1)


def _require_contiguous(crops: list[Crop], home: Path) -> None:
    people = {crop.person_id for crop in crops}
    absent = set(range(max(people) + 1)) - people
    if absent:
        raise ValueError(
            f"training identities of {str(home)!r} reach to {max(people)}, but "
            f"{len(absent)} have no image, the first is {min(absent)}: expected 0 to "
            "N − 1 without gaps; list_train.txt or list_val.txt is incomplete"
        )
