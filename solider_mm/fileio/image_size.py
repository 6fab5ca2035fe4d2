"""Sizes of images from their headers."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from solider_mm.fileio.decoding import UnreadableImageError, exif_orientation
from solider_mm.fileio.image_selection import evenly_spaced
from solider_mm.fileio.regular_file import open_regular_file

__all__ = ["image_size", "sideways_warnings"]

_SIDEWAYS = range(5, 9)  # EXIF orientations that exchange height and width


def image_size(path: str | Path) -> tuple[int, int]:
    """Return the size of an image after the rotation that its EXIF data ask for.

    Args:
        path: Path of the image; only its header is decoded.

    Returns:
        (H, W) in pixels, as readers such as OpenCV and `read_image` return it.

    Raises:
        OSError: If the file cannot be read.
        UnreadableImageError: If the file is not an image.
    """
    stream = open_regular_file(path)
    try:
        with stream, Image.open(stream) as image:
            width, height = image.size
            sideways = exif_orientation(image) in _SIDEWAYS
    # Pillow raises nearly any error on damaged data.
    except Exception as error:
        raise UnreadableImageError(
            f"{str(path)!r} is not a readable image ({error}): expected an image file; "
            "check or replace it."
        ) from error
    return (width, height) if sideways else (height, width)


def sideways_warnings(
    file: str | Path, sizes: Mapping[Path, tuple[int, int]], max_checked: int = 200
) -> list[str]:
    """Check whether an annotation file has the sizes before the EXIF rotation.

    Boxes and keypoints of such annotations do not fit the images, since readers rotate
    images upright.

    Args:
        file: Annotation file, for the message.
        sizes: Annotated (H, W) by image path.
        max_checked: Largest number of images to check, evenly spaced.

    Returns:
        One sentence if the height and width of some images are exchanged, otherwise an
        empty list. Missing and unreadable images are ignored.
    """
    found = []
    for path in evenly_spaced(list(sizes), max_checked):
        height, width = sizes[path]
        try:
            actual = image_size(path)
        except (OSError, UnreadableImageError):
            continue
        if actual == (width, height) and height != width:
            found.append(path)
    if not found:
        return []
    return [
        f"{str(file)!r} has the size before the EXIF rotation for {len(found)} of "
        f"{min(max_checked, len(sizes))} checked images, the first is "
        f"{str(found[0])!r}: its boxes and keypoints probably do not fit the upright "
        "images; annotate the upright images, or remove the EXIF orientation."
    ]
