"""Carried items of a figure: bags, phones, boxes. LIP labels them background."""

import numpy as np

from solider_mm.synthetic import palette
from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.clothing import trunk_rings
from solider_mm.synthetic.figure.limbs import arm_layer
from solider_mm.synthetic.figure.posed_figure import Figure, Paint
from solider_mm.synthetic.figure.tube import Ring
from solider_mm.synthetic.rasterize import Points, capsule, round_off

PACK_BEHIND, STRAP, PACK_FRONT, HELD_BACK, HELD_FRONT = 8.0, 54.0, 57.0, 5.0, 59.8


def add_carried(figure: Figure) -> None:
    """Add all carried items of the appearance."""
    appearance = figure.appearance
    if appearance.backpack is not None:
        _add_backpack(figure, Paint(appearance.backpack, 0, labels.CARRIED, 0.0))
    if appearance.shoulder_bag is not None:
        _add_shoulder_bag(
            figure, Paint(appearance.shoulder_bag, 0, labels.CARRIED, 0.0)
        )
    if appearance.hand_bag is not None:
        _add_hand_bag(figure, Paint(appearance.hand_bag, 0, labels.CARRIED, 0.0))
    if appearance.held is not None:
        _add_held(figure, Paint(appearance.held, 0, labels.CARRIED, 0.0))
    if appearance.phone:
        _add_phone(figure)


def _on(paint: Paint, layer: float, darken: float = 0.0) -> Paint:
    color = palette.blend(paint.color, (0, 0, 0), darken)
    return Paint(color, 0, labels.CARRIED, layer)


def _box(
    figure: Figure, center: Points, size: tuple[float, float, float], paint: Paint
) -> None:
    """Add a rounded box given by its body-frame center, width, height and depth."""
    width, height, depth = size
    rings = [
        Ring(center + np.array([0.0, step * height, 0.0]), width / 2, depth / 2)
        for step in (-0.5, -0.42, 0.0, 0.42, 0.5)
    ]
    figure.cover(figure.tube(rings), paint, 1)


def _add_backpack(figure: Figure, paint: Paint) -> None:
    chest, hips = figure.joints["chest"], figure.joints["hips"]
    middle = 0.62 * chest + 0.38 * hips + np.array([0.0, 0.0, -0.105])
    away = np.cos(figure.view.yaw) < 0
    layer = PACK_FRONT if away else PACK_BEHIND
    _box(figure, middle, (0.18, 0.23, 0.1), _on(paint, layer))
    pocket = middle + np.array([0.0, -0.05, -0.04])
    if away:
        _box(figure, pocket, (0.12, 0.09, 0.05), _on(paint, layer + 0.1, 0.25))
    trunk = figure.tube(trunk_rings(figure, 1.06, 0.0))
    for side in (-0.62, 0.62):
        corners = [-0.13, 0.13, 0.13, -0.13]
        strap = trunk.patch(side, corners, [0.97, 0.97, 0.5, 0.5])
        if strap is not None:
            figure.polygon(strap, _on(paint, STRAP, 0.3))


def _add_shoulder_bag(figure: Figure, paint: Paint) -> None:
    sign = 1.0 if figure.appearance.left_handed else -1.0
    hips = figure.joints["hips"]
    reach = figure.bones.hip + 0.07
    place = hips + np.array([sign * reach, 0.0, 0.0])
    near = float(figure.view.nearness(place))
    layer = (61.5 if near > -0.02 else 11.5) + near
    _box(figure, place, (0.07, 0.12, 0.15), _on(paint, layer))
    flap = place + np.array([0.0, 0.03, 0.0])
    _box(figure, flap, (0.072, 0.055, 0.152), _on(paint, layer + 0.1, 0.25))
    shoulder = figure.flat["right_shoulder" if sign > 0 else "left_shoulder"]
    neck = figure.flat["neck"]
    top = 0.55 * shoulder + 0.45 * neck
    radius = 0.009 * figure.view.scale
    end = figure.view.project(place + np.array([0.0, 0.05, 0.0]))
    figure.polygon(capsule(top, end, radius, radius), _on(paint, STRAP, 0.3))


def _add_hand_bag(figure: Figure, paint: Paint) -> None:
    side = "left" if figure.appearance.left_handed else "right"
    layer = arm_layer(figure, side) + 0.5
    wrist = figure.joints[f"{side}_wrist"]
    center = wrist + np.array([0.0, -0.115, 0.0])
    hand = figure.flat[f"{side}_wrist"] + np.array([0.0, 0.02]) * figure.view.scale
    scale = figure.view.scale
    for shift in (-0.028, 0.028):
        end = figure.view.project(center + np.array([0.0, 0.05, shift]))
        handle = capsule(hand, end, 0.005 * scale, 0.005 * scale)
        figure.polygon(handle, _on(paint, layer - 0.3, 0.35))
    _box(figure, center, (0.06, 0.1, 0.15), _on(paint, layer - 0.2))
    clasp = figure.view.project(center + np.array([0.0, 0.02, 0.0]))
    figure.blob(clasp, (0.01, 0.008), _on(paint, layer - 0.1, 0.5))


def _add_held(figure: Figure, paint: Paint) -> None:
    wrists = figure.joints["left_wrist"] + figure.joints["right_wrist"]
    center = 0.5 * wrists + np.array([0.0, 0.02, 0.045])
    facing = np.cos(figure.view.yaw)
    layer = HELD_FRONT if facing > -0.1 else HELD_BACK
    _box(figure, center, (0.2, 0.11, 0.1), _on(paint, layer))
    corner = figure.view.project(center)
    size = 0.04 * figure.view.scale
    tape = corner + size * np.array(
        [[-0.2, -1.35], [0.2, -1.35], [0.2, 1.35], [-0.2, 1.35]]
    )
    figure.polygon(round_off(tape, 1), _on(paint, layer + 0.05, 0.3))


def _add_phone(figure: Figure) -> None:
    side = "right" if figure.appearance.left_handed else "left"
    layer = arm_layer(figure, side) + 0.01
    wrist, elbow = figure.flat[f"{side}_wrist"], figure.flat[f"{side}_elbow"]
    along = (wrist - elbow) / max(float(np.hypot(*(wrist - elbow))), 1e-6)
    scale = figure.view.scale
    start = wrist + 0.03 * scale * along
    paint = Paint((24, 24, 28), 0, labels.CARRIED, layer)
    end = start + 0.05 * scale * along
    figure.polygon(capsule(start, end, 0.012 * scale, 0.012 * scale), paint)
