"""Arms, legs, hands and shoes of a figure."""

import numpy as np

from solider_mm.synthetic import palette
from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.posed_figure import Figure, Paint
from solider_mm.synthetic.figure.skeleton import SIDES
from solider_mm.synthetic.rasterize import Color, capsule

BACK_ARM, LEGS, FRONT_ARM = 10.0, 30.0, 60.0

_ARM_LABEL = {"left": 14, "right": 15}
_LEG_LABEL = {"left": 16, "right": 17}
_SHOE_LABEL = {"left": 18, "right": 19}
_ARM_LIMB = {"left": labels.LEFT_ARM, "right": labels.RIGHT_ARM}
_LEG_LIMB = {"left": labels.LEFT_LEG, "right": labels.RIGHT_LEG}

GARMENT_LABEL = {"shirt": 5, "jacket": 7, "coat": 7, "dress": 6, "jumpsuit": 10}


def arm_layer(figure: Figure, side: str) -> float:
    """Return the layer of an arm, in front of or behind the trunk."""
    near = 0.5 * (figure.near(f"{side}_elbow") + figure.near(f"{side}_wrist"))
    return (FRONT_ARM if near > -0.025 else BACK_ARM) + near


def add_arms(figure: Figure) -> None:
    """Add both arms with sleeves, hands and gloves."""
    appearance = figure.appearance
    girth = 0.55 + 0.45 * appearance.girth
    upper, middle, wrist = (r * girth for r in (0.031, 0.025, 0.018))
    for side in SIDES:
        layer, limb = arm_layer(figure, side), _ARM_LIMB[side]
        points = [figure.flat[f"{side}_{name}"] for name in ("shoulder", "elbow")]
        shoulder, elbow, hand = *points, figure.flat[f"{side}_wrist"]
        skin = Paint(appearance.skin, _ARM_LABEL[side], limb, layer)
        sleeve = Paint(
            appearance.upper_color,
            GARMENT_LABEL[appearance.upper],
            limb,
            layer + 0.001,
            labels.COARSE_UPPER,
            "upper",
        )
        figure.limb(shoulder, elbow, (upper, middle), skin)
        figure.limb(elbow, hand, (middle, wrist), skin)
        _add_hand(figure, side, skin)
        if appearance.sleeve == "long":
            thick = 1.3 if appearance.upper in ("jacket", "coat") else 1.14
            figure.limb(elbow, hand, (middle * thick, wrist * 1.3 * thick), sleeve)
            figure.limb(shoulder, elbow, (upper * thick, middle * thick), sleeve)
        else:
            cuff = shoulder + 0.62 * (elbow - shoulder)
            figure.limb(shoulder, cuff, (upper * 1.18, upper * 1.22), sleeve)


def _add_hand(figure: Figure, side: str, skin: Paint) -> None:
    elbow, wrist = figure.flat[f"{side}_elbow"], figure.flat[f"{side}_wrist"]
    along = (wrist - elbow) / max(float(np.hypot(*(wrist - elbow))), 1e-6)
    scale = figure.view.scale
    palm = wrist + 0.026 * scale * along
    paint = skin
    if figure.appearance.gloves is not None:
        paint = Paint(figure.appearance.gloves, 3, skin.limb, skin.layer + 0.002)
    figure.polygon(capsule(wrist, palm, 0.019 * scale, 0.021 * scale), paint)


def leg_order(figure: Figure) -> dict[str, float]:
    """Return the layer of each leg; the nearer leg is painted later."""
    near = {
        side: figure.near(f"{side}_knee") + figure.near(f"{side}_ankle")
        for side in SIDES
    }
    return {side: LEGS + near[side] for side in SIDES}


def add_legs(figure: Figure) -> None:
    """Add both legs with trousers, shorts or skin, socks and shoes."""
    order = leg_order(figure)
    farther = min(order, key=lambda side: order[side])
    for side in SIDES:
        shade = 0.88 if side == farther else 1.0
        _add_leg(figure, side, order[side], shade)
        _add_foot(figure, side, order[side] + 0.003)


def _add_leg(figure: Figure, side: str, layer: float, dim: float) -> None:
    appearance, limb = figure.appearance, _LEG_LIMB[side]
    girth = 0.5 + 0.5 * appearance.girth
    top, knee_r, ankle_r = (r * girth for r in (0.052, 0.034, 0.022))
    hip, knee, ankle = (figure.flat[f"{side}_{n}"] for n in ("hip", "knee", "ankle"))
    skin = Paint(palette.blend(appearance.skin, (0, 0, 0), 1 - dim), 0, limb, layer)
    skin = Paint(skin.color, _LEG_LABEL[side], limb, layer)
    figure.limb(hip, knee, (top, knee_r), skin)
    figure.limb(knee, ankle, (knee_r * 1.05, ankle_r), skin)
    if appearance.sock_color is not None:
        sock = Paint(appearance.sock_color, 8, limb, layer + 0.001)
        high = ankle + 0.45 * (knee - ankle)
        figure.limb(high, ankle, (ankle_r * 1.25, ankle_r * 1.15), sock)
    cloth = _leg_cloth(appearance.lower_color, figure, limb, layer, dim)
    if cloth is None:
        return
    wide = appearance.tight
    if appearance.lower == "shorts" and appearance.upper != "jumpsuit":
        cuff = hip + 0.82 * (knee - hip)
        figure.limb(hip, cuff, (top * 1.08, max(knee_r * 1.5, 0.8 * top)), cloth)
        return
    cuff = knee + 0.96 * (ankle - knee)
    figure.limb(hip, knee, (top * 1.05, knee_r * 1.1 * wide), cloth)
    figure.limb(knee, cuff, (knee_r * 1.1 * wide, ankle_r * 1.25 * wide), cloth)


def _leg_cloth(
    color: Color, figure: Figure, limb: int, layer: float, dim: float
) -> Paint | None:
    appearance = figure.appearance
    label, pattern = 9, "lower"
    if appearance.upper == "jumpsuit":
        label, color, pattern = 10, appearance.upper_color, ""
    elif appearance.upper == "dress" or appearance.lower == "skirt":
        return None
    shaded = palette.blend(color, (0, 0, 0), 1 - dim)
    return Paint(shaded, label, limb, layer + 0.002, labels.COARSE_LOWER, pattern)


def _add_foot(figure: Figure, side: str, layer: float) -> None:
    appearance, scale = figure.appearance, figure.view.scale
    ankle, toe = figure.flat[f"{side}_ankle"], figure.flat[f"{side}_toe"]
    knee = figure.flat[f"{side}_knee"]
    shoe = Paint(appearance.shoe_color, _SHOE_LABEL[side], _LEG_LIMB[side], layer)
    drop = np.array([0.0, 0.018 * scale])
    heel = ankle + drop - 0.12 * (toe - ankle)
    figure.polygon(capsule(heel, toe + 0.2 * drop, 0.026 * scale, 0.02 * scale), shoe)
    sole = Paint(
        palette.blend(shoe.color, (20, 20, 20), 0.6), shoe.label, shoe.limb, layer
    )
    low = np.array([0.0, 0.017 * scale])
    figure.polygon(
        capsule(heel + low, toe + 0.2 * drop + low, 0.008 * scale, 0.007 * scale), sole
    )
    if appearance.shoes == "boots":
        top = ankle + 0.55 * (knee - ankle)
        radius = 0.03 * (0.5 + 0.5 * appearance.girth)
        figure.limb(top, ankle, (radius * 1.15, radius), shoe)
