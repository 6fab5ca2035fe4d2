"""Leeds Sports Pose Extended read as a COCO keypoint set."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.downstream.human_pose.lspet_skeleton import JOINT_NAMES
from solider_mm.fileio.image_selection import images_by_stem
from solider_mm.fileio.image_size import image_size
from solider_mm.fileio.matlab import content_errors, read_mat

__all__ = ["read_joints", "read_lspet"]

# Margin on every side of the joints' extent, relative to its longer side. It covers
# hands, feet and the outline.
_MARGIN = 0.1
# Area relative to a person's box: mmpose's rule for datasets without areas.
_AREA_OF_BOX = 0.53
_LABELED = 2.0  # COCO's flag of a labeled and visible joint


def read_joints(path: str | Path) -> NDArray[np.float64]:
    """Read `joints.mat`.

    Args:
        path: File path.

    Returns:
        Joints (N, 14, 3): x and y in pixels of the photo, and 1 for a labeled joint.
        Joints without a label have coordinates outside of the photo.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is not a MATLAB file with an array `joints` (14, 3, N).
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing, expected the annotation file of LSP extended beside "
            "its folder images: set SOLIDER_MM_DATA or data_root"
        )
    joints = read_mat(path).get("joints")
    shape = None if joints is None else joints.shape
    if shape is None or len(shape) != 3 or shape[:2] != (14, 3) or shape[2] == 0:
        raise ValueError(
            f"{path} has joints of shape {shape}, expected (14, 3, N) with N of at "
            "least 1: use the joints.mat of LSP extended"
        )
    with content_errors(path):
        return np.asarray(joints, dtype=np.float64).transpose(2, 0, 1)


def read_lspet(
    joints_file: str | Path, images: str | Path, numbers: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Read the dataset as the content of a COCO keypoint file.

    There is one person per photo. The dataset has no boxes: a person's box is the
    extent of the labeled joints, extended on every side by a tenth of its longer side
    and clipped to the photo. The area is 0.53 of the box, mmpose's rule for datasets
    without areas. Joints without a label are (0, 0, 0). Coordinates are not changed.

    Args:
        joints_file: Path of `joints.mat`; row n describes photo n + 1.
        images: Folder of the photos `im00001.jpg`, …
        numbers: First and last number to read, both inclusive; None reads all photos.

    Returns:
        `images`, `annotations` and `categories` as in COCO; ids are the photo numbers.

    Raises:
        FileNotFoundError: If a photo of the range is missing, or there is no photo.
        ValueError: If the range is empty or not in the file, or a file cannot be read.
    """
    joints = read_joints(joints_file)
    paths = _photos(Path(images), numbers, len(joints))
    entries = [_image(number, path) for number, path in paths.items()]
    persons = [_annotation(entry, joints[entry["id"] - 1]) for entry in entries]
    category = {"id": 1, "name": "person", "keypoints": list(JOINT_NAMES)}
    return {"images": entries, "annotations": persons, "categories": [category]}


def _photos(
    folder: Path, numbers: tuple[int, int] | None, available: int
) -> dict[int, Path]:
    """Return the paths of the photos by number."""
    first, last = numbers or (1, available)
    if not 1 <= first <= last <= available:
        raise ValueError(
            f"numbers is {numbers}, expected first and last photo with 1 <= first <= "
            f"last <= {available}, the number of rows of joints.mat; correct the range"
        )
    present = images_by_stem(folder)
    names = {n: f"im{n:05d}" for n in range(first, last + 1)}
    paths = {n: present.get(s, folder / f"{s}.jpg") for n, s in names.items()}
    missing = [path for path in paths.values() if path.stem not in present]
    if len(missing) == len(paths) or (missing and numbers):
        raise FileNotFoundError(
            f"{len(missing)} of the photos numbered {first} to {last} are missing, the "
            f"first is {missing[0]}; set data_root, or numbers to existing photos"
        )
    return {n: path for n, path in paths.items() if path not in set(missing)}


def _image(number: int, path: Path) -> dict[str, Any]:
    height, width = image_size(path)
    return {"id": number, "file_name": path.name, "height": height, "width": width}


def _annotation(image: dict[str, Any], joints: NDArray[np.float64]) -> dict[str, Any]:
    labeled = (joints[:, 2] > 0) & np.isfinite(joints).all(axis=1)
    flags = np.where(labeled, _LABELED, 0.0)
    points = np.where(labeled[:, None], joints[:, :2], 0.0)
    box = _box(points[labeled], (image["height"], image["width"]))
    return {
        "id": image["id"],
        "image_id": image["id"],
        "category_id": 1,
        "iscrowd": 0,
        "bbox": box,
        "area": max(1.0, _AREA_OF_BOX * box[2] * box[3]),
        "keypoints": np.column_stack([points, flags]).ravel().tolist(),
        "num_keypoints": int(labeled.sum()),
    }


def _box(points: NDArray[np.float64], size: tuple[int, int]) -> list[float]:
    """Return the box x, y, width, height of the labeled joints; zeros for none."""
    if len(points) == 0:
        return [0.0] * 4
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * (high - low).max()
    border = np.array([size[1] - 1, size[0] - 1], dtype=np.float64)  # (x, y)
    low = (low - margin).clip(0, border)
    high = (high + margin).clip(0, border)
    return [float(value) for value in (*low, *(high - low))]
