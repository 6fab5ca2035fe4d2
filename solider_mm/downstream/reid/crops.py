"""Person crops with identity and camera, as listed by the dataset readers."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from solider_mm.datasets.image_listing import list_folder
from solider_mm.evaluation.reid.ranking import UNLABELED

__all__ = [
    "JUNK",
    "PARTS",
    "UNKNOWN_CAMERA",
    "UNLABELED",
    "Crop",
    "list_images",
    "require_files",
]

PARTS = ("train", "query", "gallery")
"""Parts of a re-identification dataset."""

JUNK = -1
"""Identity of crops that the protocol ignores; they are not loaded."""

UNKNOWN_CAMERA = -1
"""Camera number of crops without a camera label."""


@dataclass(frozen=True)
class Crop:
    """One image of one person.

    Attributes:
        path: Image path.
        person_id: Identity number of the dataset; 0 may be a distractor, `UNLABELED`
            is an image without identity label.
        camera_id: Camera number, counted from 0, or `UNKNOWN_CAMERA`.
    """

    path: Path
    person_id: int
    camera_id: int


def list_images(folder: Path) -> list[str]:
    """List the images of a folder tree by name; other and hidden files are skipped.

    Args:
        folder: Folder to search.

    Returns:
        Paths relative to the folder, with `/`, sorted by name.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If the folder has no image.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"folder {str(folder)!r} does not exist: expected person images in it; "
            "check data_root"
        )
    packed = list_folder(folder).names
    if len(packed) == 0:
        raise ValueError(
            f"folder {str(folder)!r} has no image: expected .jpg or .png files; "
            "unpack the dataset there or correct data_root"
        )
    names = (os.fsdecode(packed[position]) for position in range(len(packed)))
    return [name.replace(os.sep, "/") for name in names]


def require_files(crops: Iterable[Crop], source: Path) -> None:
    """Check that all listed files exist.

    Otherwise a wrong line in a list would stop the training hours later.

    Args:
        crops: Listed crops.
        source: File that lists them, for the error message.

    Raises:
        FileNotFoundError: If files are missing; the message has their number and the
            first path.
    """
    missing = [crop.path for crop in crops if not crop.path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} images listed in {str(source)!r} do not exist, the first "
            f"is {str(missing[0])!r}: expected paths relative to the image folder; "
            "add the images or correct the list"
        )
