"""COCO's 17 keypoints of a figure with their visibility."""

import numpy as np
from numpy.typing import NDArray

from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.head import head_tube
from solider_mm.synthetic.figure.posed_figure import Figure
from solider_mm.synthetic.rasterize import Points

_SIDE_LIMBS = {
    "left": (labels.LEFT_ARM, labels.LEFT_LEG),
    "right": (labels.RIGHT_ARM, labels.RIGHT_LEG),
}

# Azimuth and height (0 chin, 1 crown) on the head.
_FACE = {
    "nose": (0.0, 0.42),
    "left_eye": (0.44, 0.53),
    "right_eye": (-0.44, 0.53),
    "left_ear": (1.5, 0.48),
    "right_ear": (-1.5, 0.48),
}


def _face_points(figure: Figure) -> dict[str, tuple[Points, bool]]:
    tube = head_tube(figure)
    rows = len(tube.half) - 1
    found = {}
    for name, (azimuth, height) in _FACE.items():
        angle = azimuth + tube.yaw
        seen = bool(np.cos(angle) > -0.12)
        x, y, half = (
            float(np.interp(height * rows, np.arange(rows + 1), column))
            for column in (tube.centers[:, 0], tube.centers[:, 1], tube.half)
        )
        found[name] = (np.array([x + 0.96 * half * np.sin(angle), y]), seen)
    return found


def _allowed(name: str) -> tuple[int, ...]:
    """Return the components that may cover a body joint without hiding it."""
    side, joint = name.split("_")
    arm, leg = _SIDE_LIMBS[side]
    return {
        "shoulder": (arm, labels.TORSO),
        "elbow": (arm,),
        "wrist": (arm,),
        "hip": (leg, labels.SKIRT, labels.TORSO),
        "knee": (leg, labels.SKIRT),
        "ankle": (leg,),
    }[joint]


def keypoints_of(
    figure: Figure, limbs: NDArray[np.uint8], covered: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Locate the keypoints and determine their visibility.

    Args:
        figure: The figure.
        limbs: ``(H, W)`` components of the painted figure.
        covered: ``(H, W)`` pixels hidden by something in front of the person.

    Returns:
        ``(17, 3)`` x, y in pixels and 0 outside the picture (x = y = 0 then),
        1 in the picture but hidden, 2 visible. A joint under the person's own
        clothes counts as visible, as in COCO.
    """
    height, width = limbs.shape
    face = _face_points(figure)
    rows = []
    for name in labels.KEYPOINT_NAMES:
        if name in face:
            point, seen = face[name]
            allowed: tuple[int, ...] = (labels.HEAD,)
        else:
            point, allowed = figure.flat[name], _allowed(name)
            behind = figure.near(name) < -0.075
            seen = not (behind and name.endswith(("shoulder", "hip", "knee")))
        column, row = int(np.floor(point[0])), int(np.floor(point[1]))
        if not (0 <= row < height and 0 <= column < width):
            rows.append((0.0, 0.0, 0.0))
            continue
        seen = seen and not covered[row, column] and limbs[row, column] in allowed
        rows.append((float(point[0]), float(point[1]), 2.0 if seen else 1.0))
    return np.array(rows, dtype=np.float32)
