"""Person crops as the readers hand them over: where, who, by which camera."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from solider_mm.datasets.image_listing import list_folder

__all__ = ["JUNK", "PARTS", "Crop", "list_images", "require_files"]

PARTS = ("train", "query", "gallery")
"""What a re-identification set consists of."""

JUNK = -1
"""Identity of crops that count neither as right nor as wrong; they are not read."""


class Crop(NamedTuple):
    """One image of one person.

    Attributes:
        path: The file.
        person_id: Number of the person as in the data set; 0 may be a distractor.
        camera_id: Number of the camera, from 0.
    """

    path: Path
    person_id: int
    camera_id: int


def list_images(folder: Path) -> list[str]:
    """List the images of a folder tree by name; other and hidden files are left out.

    Args:
        folder: The folder.

    Returns:
        Paths relative to the folder, with `/`, in the order of the names.

    Raises:
        FileNotFoundError: The folder does not exist.
        ValueError: It holds no image.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"folder {str(folder)!r} does not exist: expected person images in it; "
            "check data_root"
        )
    packed = list_folder(folder).names
    if len(packed) == 0:
        raise ValueError(
            f"folder {str(folder)!r} holds no image: expected .jpg or .png files; "
            "unpack the data set there or correct data_root"
        )
    names = (os.fsdecode(packed[position]) for position in range(len(packed)))
    return [name.replace(os.sep, "/") for name in names]


def require_files(crops: Iterable[Crop], source: Path) -> None:
    """Check that everything a list names is there.

    A list with a wrong line would otherwise stop the training hours later.

    Raises:
        FileNotFoundError: A file is missing; names the first and counts them.
    """
    missing = [crop.path for crop in crops if not crop.path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} images that {str(source)!r} names do not exist, the first "
            f"is {str(missing[0])!r}: expected paths relative to the image folder; "
            "complete the images or correct the list"
        )
