"""Contact sheets: rendered crops beside their ground truth."""

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

from solider_mm.synthetic.figure.labels import KEYPOINT_SKELETON
from solider_mm.synthetic.pedestrian import RenderedPerson, render_pedestrian

Picture = NDArray[np.uint8]


def part_colors(count: int = 20) -> Picture:
    """Return well separated label colors, background black, (count, 3)."""
    colors = [(0.0, 0.0, 0.0)]
    for number in range(1, count):
        value = 1.0 if number % 2 else 0.72
        colors.append(colorsys.hsv_to_rgb(0.381966 * number % 1, 0.75, value))
    table: Picture = np.rint(255 * np.array(colors)).astype(np.uint8)
    return table


def mark_keypoints(picture: Picture, keypoints: NDArray[np.float32]) -> Picture:
    """Draw keypoints on a copy: left red, right green, occluded ones hollow.

    Args:
        picture: ``(H, W, 3)`` RGB.
        keypoints: ``(17, 3)`` in pixels of the picture.

    Returns:
        A marked copy.
    """
    shown = picture.copy()
    spots = np.rint(keypoints[:, :2]).astype(int)
    for first, second in KEYPOINT_SKELETON:
        a, b = first - 1, second - 1
        if min(keypoints[a, 2], keypoints[b, 2]) > 0:
            start, end = spots[a].tolist(), spots[b].tolist()
            cv2.line(shown, start, end, (250, 220, 60), 1, cv2.LINE_AA)
    radius = max(2, picture.shape[0] // 90)
    for number, (x, y) in enumerate(spots.tolist()):
        visibility = keypoints[number, 2]
        if visibility > 0:
            color = (255, 60, 60) if number % 2 else (60, 230, 60)
            thickness = -1 if visibility > 1 else 1
            cv2.circle(shown, (x, y), radius, color, thickness, cv2.LINE_AA)
    return shown


def person_panel(person: RenderedPerson) -> Picture:
    """Return image, part labels, coarse parts and keypoints side by side."""
    image = person["image"]
    parts = part_colors()[person["parts"]]
    coarse = np.array(
        [(0, 0, 0), (240, 190, 60), (70, 130, 230), (60, 190, 110)], dtype=np.uint8
    )[person["coarse_parts"]]
    faded = (0.45 * image + 0.55 * coarse).astype(np.uint8)
    marked = mark_keypoints(image, person["keypoints"])
    panel: Picture = np.concatenate([image, parts, faded, marked], axis=1)
    return panel


def contact_sheet(
    *,
    rows: int = 6,
    columns: int = 4,
    num_cameras: int = 6,
    size: tuple[int, int] = (256, 128),
    seed: int = 0,
    first: int = 0,
) -> Picture:
    """Render people with their ground truth on one sheet, one identity per row.

    Args:
        rows: Number of identities.
        columns: Shots per identity.
        num_cameras: Number of cameras, used in turn.
        size: ``(H, W)`` of one crop.
        seed: Seed of the synthetic world.
        first: First identity.

    Returns:
        ``(rows·H, columns·4·W, 3)`` RGB.

    Raises:
        ValueError: If a count is below 1.
    """
    if min(rows, columns, num_cameras) < 1:
        raise ValueError(
            "rows, columns and num_cameras must be 1 or larger, got "
            f"{(rows, columns, num_cameras)}; ask for at least one crop."
        )
    lines = []
    for row in range(rows):
        panels = [
            person_panel(
                render_pedestrian(first + row, shot % num_cameras, shot, size, seed)
            )
            for shot in range(columns)
        ]
        lines.append(np.concatenate(panels, axis=1))
    return np.concatenate(lines, axis=0)
