"""The head of a figure: face, hair, hat, glasses and scarf."""

import numpy as np

from solider_mm.synthetic import palette
from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.posed_figure import Figure, Paint
from solider_mm.synthetic.figure.tube import Ring, Tube
from solider_mm.synthetic.rasterize import Points, round_off

BEHIND, SCARF, HEAD_LAYER, OVER = 20.0, 56.0, 58.0, 59.5

# Height on the head (0 chin, 1 crown) and half width there.
_PROFILE = (
    (0.0, 0.3),
    (0.1, 0.62),
    (0.3, 0.88),
    (0.55, 1.0),
    (0.78, 0.93),
    (0.93, 0.66),
    (1.0, 0.3),
)


def head_tube(figure: Figure, grow: float = 1.0, lift: float = 0.0) -> Tube:
    """Return the head as a tube, chin first.

    Args:
        figure: The figure.
        grow: Widening, for hair and hats.
        lift: Raise in head heights.

    Returns:
        The tube, turned with the head.
    """
    height = figure.bones.head
    center = figure.joints["head"]
    rings = []
    for level, half in _PROFILE:
        up = (level - 0.5) * grow * height + lift * height
        back = -0.06 * height * (level - 0.3)
        point = center + np.array([0.0, up, back])
        width, depth = 0.375 * height * half * grow, 0.44 * height * half * grow
        rings.append(Ring(point, width, depth))
    return figure.tube(rings, figure.pose.head_turn)


def add_head(figure: Figure) -> None:
    """Add face, hair, hat, glasses and scarf."""
    appearance = figure.appearance
    tube = head_tube(figure)
    skin = Paint(appearance.skin, 13, labels.HEAD, HEAD_LAYER)
    figure.cover(tube, skin)
    _add_face(figure, tube)
    if appearance.hair_style != "bald":
        _add_hair(figure)
    _add_ears(figure, tube)
    if appearance.hat:
        _add_hat(figure)
    if appearance.scarf is not None:
        _add_scarf(figure)


def _add(figure: Figure, points: Points | None, paint: Paint, smooth: int = 0) -> None:
    if points is not None:
        figure.polygon(round_off(points, smooth) if smooth else points, paint)


def _add_face(figure: Figure, tube: Tube) -> None:
    appearance = figure.appearance
    detail = HEAD_LAYER + 0.5
    dark = Paint((40, 30, 30), 13, labels.HEAD, detail)
    brow = Paint(
        palette.blend(appearance.hair, appearance.skin, 0.2), 13, labels.HEAD, detail
    )
    lips = (
        (168, 70, 76)
        if appearance.female
        else palette.blend(appearance.skin, (120, 40, 40), 0.4)
    )
    mouth = Paint(lips, 13, labels.HEAD, detail)
    shade = Paint(
        palette.blend(appearance.skin, (60, 20, 10), 0.25), 13, labels.HEAD, detail
    )
    for side in (-0.44, 0.44):
        eye = tube.patch(side, [-0.13, 0.13, 0.13, -0.13], [0.56, 0.56, 0.5, 0.5])
        _add(figure, eye, dark)
        line = tube.patch(side, [-0.2, 0.2, 0.2, -0.2], [0.64, 0.64, 0.61, 0.61])
        _add(figure, line, brow)
    nose = tube.patch(0.0, [-0.06, 0.06, 0.14, -0.14], [0.52, 0.52, 0.36, 0.36])
    _add(figure, nose, shade)
    smile = tube.patch(0.0, [-0.3, 0.3, 0.2, -0.2], [0.24, 0.24, 0.18, 0.18])
    _add(figure, smile, mouth)
    if appearance.glasses:
        _add_glasses(figure, tube)


def _add_glasses(figure: Figure, tube: Tube) -> None:
    shaded = figure.appearance.glasses == "sunglasses"
    color = (16, 16, 20) if shaded else (30, 30, 36)
    label = 4 if shaded else 13
    frame = Paint(color, label, labels.HEAD, HEAD_LAYER + 0.6)
    pane = palette.blend(figure.appearance.skin, (206, 220, 228), 0.45)
    glass = Paint(pane, 13, labels.HEAD, HEAD_LAYER + 0.61)
    for side in (-0.45, 0.45):
        corners = [-0.34, 0.34, 0.3, -0.3]
        _add(figure, tube.patch(side, corners, [0.62, 0.62, 0.42, 0.42]), frame)
        if not shaded:
            inner = [-0.22, 0.22, 0.2, -0.2]
            _add(figure, tube.patch(side, inner, [0.59, 0.59, 0.46, 0.46]), glass)
        temple = tube.patch(
            3 * side, [-0.65, 0.65, 0.65, -0.65], [0.57, 0.57, 0.53, 0.53]
        )
        _add(figure, temple, frame)


def _add_ears(figure: Figure, tube: Tube) -> None:
    if figure.appearance.hair_style in ("long", "bob"):
        return
    skin = palette.blend(figure.appearance.skin, (120, 40, 30), 0.14)
    paint = Paint(skin, 13, labels.HEAD, HEAD_LAYER + 0.75)
    for side in (-1.5, 1.5):
        ear = tube.patch(side, [-0.16, 0.16, 0.1, -0.1], [0.6, 0.6, 0.36, 0.36])
        _add(figure, ear, paint, 1)


def _add_hair(figure: Figure) -> None:
    """Add the hair around the face, then long or tied hair."""
    appearance = figure.appearance
    grow = {"crop": 1.02, "short": 1.06}.get(appearance.hair_style, 1.08)
    cap = head_tube(figure, grow, 0.015)
    hair = Paint(appearance.hair, 2, labels.HEAD, HEAD_LAYER + 0.7)
    line = {"crop": 0.86, "short": 0.8, "bob": 0.76}.get(appearance.hair_style, 0.8)
    nape = {"crop": 0.4, "short": 0.26}.get(appearance.hair_style, 0.12)
    front = 0.95
    around = list(np.linspace(front, 2 * np.pi - front, 9) - np.pi)
    low = [0.5] + [nape + 0.12] + [nape] * 5 + [nape + 0.12] + [0.5]
    _add(figure, cap.patch(np.pi, [*around, *around[::-1]], [*low, *([0.9] * 9)]), hair)
    crown = cap.outline(-1.0, 1.0)
    rows = len(cap.half)
    top = np.concatenate([crown[4:rows], crown[rows : rows + 3]])
    _add(figure, top, hair, 2)
    fringe = cap.patch(
        0.0,
        [-1.1, -0.5, 0.1, 1.1, 1.1, -1.1],
        [0.62, line, line - 0.05, 0.62, 0.92, 0.92],
    )
    _add(figure, fringe, hair)
    _add_long_hair(figure)


def _add_long_hair(figure: Figure) -> None:
    appearance, height = figure.appearance, figure.bones.head
    head = figure.joints["head"]
    away = np.cos(figure.view.yaw + figure.pose.head_turn) < 0.15
    layer = OVER if away else BEHIND
    hair = Paint(palette.blend(appearance.hair, (0, 0, 0), 0.12), 2, labels.HEAD, layer)
    if appearance.hair_style in ("long", "bob"):
        length = 1.45 if appearance.hair_style == "long" else 0.72
        rings = [
            (head + np.array([0.0, -length * height, -0.3 * height]), 0.27, 0.1),
            (head + np.array([0.0, -0.5 * height, -0.24 * height]), 0.44, 0.22),
            (head + np.array([0.0, 0.1 * height, -0.14 * height]), 0.42, 0.34),
            (head + np.array([0.0, 0.36 * height, -0.06 * height]), 0.3, 0.3),
        ]
        scaled = [
            Ring(point, wide * height, deep * height) for point, wide, deep in rings
        ]
        figure.cover(figure.tube(scaled, figure.pose.head_turn), hair)
    elif appearance.hair_style in ("bun", "ponytail"):
        knot = head + np.array([0.0, 0.3 * height, -0.48 * height])
        spot = figure.view.project(knot)
        figure.blob(spot, (0.17 * height, 0.17 * height), hair)
        if appearance.hair_style == "ponytail":
            end = figure.view.project(knot + np.array([0.0, -0.95, -0.18]) * height)
            figure.limb(spot, end, (0.12 * height, 0.07 * height), hair)


def _add_hat(figure: Figure) -> None:
    appearance, height = figure.appearance, figure.bones.head
    cap = head_tube(figure, 1.13, 0.05)
    paint = Paint(appearance.hat_color, 1, labels.HEAD, HEAD_LAYER + 0.9)
    around = list(np.linspace(-np.pi / 2, np.pi / 2, 5))
    facing = Tube(cap.centers, cap.half, 0.0)
    rim = 0.66 if appearance.hat == "beanie" else 0.7
    lower = facing.patch(0.0, [*around, *around[::-1]], [*([rim] * 5), *([0.93] * 5)])
    _add(figure, lower, paint)
    rows = len(cap.half)
    crown = np.concatenate([cap.outline(-1, 1)[4:rows], cap.outline(-1, 1)[rows:-4]])
    _add(figure, crown, paint, 2)
    band = palette.blend(appearance.hat_color, (0, 0, 0), 0.3)
    edge = Paint(band, 1, labels.HEAD, HEAD_LAYER + 0.95)
    strip = facing.patch(
        0.0, [*around, *around[::-1]], [*([rim - 0.03] * 5), *([rim + 0.06] * 5)]
    )
    _add(figure, strip, edge)
    if appearance.hat == "beanie":
        return
    turn = figure.view.yaw + figure.pose.head_turn
    middle = cap.centers[4] + np.array([0.0, 0.02 * figure.view.scale * height])
    if appearance.hat == "brim":
        figure.blob(middle, (0.78 * height, 0.16 * height), edge)
    elif np.cos(turn) > -0.5:
        peak = (
            middle + np.array([np.sin(turn) * 0.5, 0.06]) * height * figure.view.scale
        )
        wide = (0.16 + 0.22 * abs(float(np.cos(turn)))) * height
        figure.blob(peak, (wide, 0.1 * height), edge)


def _add_scarf(figure: Figure) -> None:
    color = figure.appearance.scarf
    if color is None:
        return
    paint = Paint(color, 11, labels.TORSO, SCARF)
    neck = figure.flat["neck"]
    figure.blob(neck + np.array([0.0, 0.002]), (0.056, 0.03), paint)
    figure.blob(
        neck + np.array([0.0, 0.012]) * figure.view.scale, (0.05, 0.01), paint, 0.8
    )
    if np.cos(figure.view.yaw) > -0.2:
        end = neck + np.array([0.02 + 0.03 * np.sin(figure.view.yaw), 0.15]) * (
            figure.view.scale
        )
        figure.limb(neck, end, (0.022, 0.024), paint)
