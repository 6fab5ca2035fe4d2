"""The trunk of a figure: shirts, jackets, coats, dresses, skirts and waistbands."""

import numpy as np

from solider_mm.synthetic import palette
from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.limbs import GARMENT_LABEL
from solider_mm.synthetic.figure.posed_figure import Figure, Paint
from solider_mm.synthetic.figure.tube import Ring, Tube
from solider_mm.synthetic.rasterize import Pattern, Points, round_off

WAIST, NECK, TRUNK, FRONT = 40.0, 45.0, 50.0, 52.0


def set_patterns(figure: Figure) -> None:
    """Fix the cloth patterns of both garments to the figure's chest and hips."""
    appearance, scale = figure.appearance, figure.view.scale
    chest, hips = figure.flat["chest"], figure.flat["hips"]
    waist = chest + 0.52 * (hips - chest)
    anchor = waist if appearance.upper_pattern == "splice" else chest
    kind = "plain" if appearance.upper_pattern == "logo" else appearance.upper_pattern
    figure.patterns["upper"] = Pattern(
        kind,
        appearance.upper_second,
        0.052 * scale,
        (float(anchor[0]), float(anchor[1])),
    )
    figure.patterns["lower"] = Pattern(
        appearance.lower_pattern,
        appearance.lower_second,
        0.036 * scale,
        (float(hips[0]), float(hips[1])),
    )


def _ring(figure: Figure, height: float, width: float, depth: float) -> Ring:
    """Return a ring on the spine; height 0 is the hips, 1 the shoulders."""
    hips, chest = figure.joints["hips"], figure.joints["chest"]
    up = chest - hips if height > 0 else np.array([0.0, figure.bones.spine, 0.0])
    return Ring(hips + height * up, width, depth)


def trunk_rings(figure: Figure, loose: float, low: float) -> list[Ring]:
    """Return the rings of the trunk from the hem to the neck.

    Args:
        figure: The figure.
        loose: Widening by the garment, about 1.
        low: Height of the hem in spine lengths, 0 at the hips.

    Returns:
        Seven rings, bottom first.
    """
    appearance, bones = figure.appearance, figure.bones
    girth = appearance.girth * loose
    waist = (0.07 if appearance.female else 0.078) * girth
    hip = (bones.hip + 0.036) * (0.55 + 0.45 * girth)
    chest = bones.shoulder * (0.86 if appearance.female else 0.9) * (0.7 + 0.3 * girth)
    belly = 0.058 * girth + (0.012 if appearance.age == "senior" else 0.0)
    return [
        _ring(figure, low, hip * 1.03, 0.066 * girth),
        _ring(figure, 0.08, hip, 0.068 * girth),
        _ring(figure, 0.42, waist, belly),
        _ring(figure, 0.74, chest, (0.07 if appearance.female else 0.066) * girth),
        _ring(figure, 0.9, bones.shoulder * 1.0, 0.054 * girth),
        _ring(figure, 1.02, bones.shoulder * 0.66, 0.046 * girth),
        _ring(figure, 1.1, 0.036, 0.036),
    ]


def add_trunk(figure: Figure) -> None:
    """Add neck, trunk, skirt or waistband, and details of front and back."""
    appearance = figure.appearance
    neck = Paint(appearance.skin, 13, labels.HEAD, NECK)
    low = figure.flat["chest"] + 0.1 * (figure.flat["hips"] - figure.flat["chest"])
    figure.limb(low, figure.flat["head"], (0.032, 0.03), neck)
    loose = {"jacket": 1.12, "coat": 1.16}.get(appearance.upper, 1.03)
    hem = {"jacket": -0.1, "shirt": -0.06 if appearance.hem < 0.38 else 0.1}.get(
        appearance.upper, 0.0
    )
    trunk = figure.tube(trunk_rings(figure, loose, hem))
    label = GARMENT_LABEL[appearance.upper]
    cloth = Paint(
        appearance.upper_color, label, labels.TORSO, TRUNK, labels.COARSE_UPPER, "upper"
    )
    _add_below(figure)
    figure.cover(trunk, cloth)
    _add_front(figure, trunk)
    _add_back(figure, trunk, cloth)


def _add_below(figure: Figure) -> None:
    """Add the waistband, skirt, or the lower half of a dress or coat."""
    appearance = figure.appearance
    if appearance.upper == "jumpsuit":
        band = Paint(appearance.upper_color, 10, labels.SKIRT, WAIST, 3)
    elif appearance.upper == "dress":
        band = Paint(appearance.upper_color, 6, labels.SKIRT, WAIST, 3, "upper")
    else:
        label = 12 if appearance.lower == "skirt" else 9
        band = Paint(appearance.lower_color, label, labels.SKIRT, WAIST, 3, "lower")
    hip = (figure.bones.hip + 0.035) * (0.55 + 0.45 * appearance.girth)
    skirt = appearance.lower == "skirt" and appearance.upper != "jumpsuit"
    if skirt or appearance.upper == "dress":
        figure.cover(figure.tube(_skirt_rings(figure, appearance.hem, 1.0)), band, 1)
    else:
        rings = [
            _ring(figure, -0.17, hip * 0.62, 0.045),
            _ring(figure, -0.1, hip * 0.93, 0.055),
            _ring(figure, 0.05, hip, 0.064 * appearance.girth),
            _ring(figure, 0.3, hip * 0.9, 0.058 * appearance.girth),
        ]
        figure.cover(figure.tube(rings), band, 1)
    if appearance.upper == "coat":
        paint = Paint(appearance.upper_color, 7, labels.SKIRT, TRUNK - 1, 3)
        coat = figure.tube(_skirt_rings(figure, appearance.hem, 1.12))
        figure.cover(coat, paint, 1)
        seam = coat.patch(0.0, [-0.05, 0.05, 0.05, -0.05], [0.0, 0.0, 1.0, 1.0])
        if seam is not None:
            figure.polygon(seam, paint, shade=0.6)


def _skirt_rings(figure: Figure, hem: float, loose: float) -> list[Ring]:
    """Return the rings of a skirt around both legs, hem first."""
    hips = figure.joints["hips"]
    knees = [figure.joints[f"{side}_knee"] for side in ("left", "right")]
    down = (hips[1] - hem) / max(hips[1] - min(knee[1] for knee in knees), 1e-6)
    ahead = [knee[2] * min(1.0, down) for knee in knees]
    middle = 0.5 * (max(ahead) + min(ahead))
    reach = 0.5 * (max(ahead) - min(ahead)) + 0.05
    hip = (figure.bones.hip + 0.038) * (0.55 + 0.45 * figure.appearance.girth) * loose
    flare = 1.12 + 0.35 * (figure.appearance.tight - 0.9)
    center = np.array([0.0, hem, middle])
    half = np.array([0.0, 0.5 * (hem + hips[1]), 0.5 * middle])
    girth = figure.appearance.girth * loose
    return [
        Ring(center, hip * flare, max(reach * loose, 0.07)),
        Ring(half, hip * (1 + flare) / 2, max(0.8 * reach, 0.066 * girth)),
        _ring(figure, 0.02, hip, 0.066 * girth),
        _ring(figure, 0.4, 0.078 * girth, 0.058 * girth),
    ]


def _add_front(figure: Figure, trunk: Tube) -> None:
    """Add collar, opening, buttons, logo or belt."""
    appearance = figure.appearance
    inner = Paint(appearance.inner_color, 5, labels.TORSO, FRONT, labels.COARSE_UPPER)
    skin = Paint(appearance.skin, 13, labels.HEAD, FRONT + 0.1)
    if appearance.upper in ("jacket", "coat"):
        wide = 0.28 if appearance.hem < 0.36 else 0.5
        gap = trunk.patch(0.0, [-wide, wide, 0.75 * wide, -0.75 * wide], [1, 1, 0, 0])
        if appearance.hem < 0.36:
            gap = trunk.patch(0.0, [-0.55, 0.55, 0.0], [0.97, 0.97, 0.5])
        _add(figure, gap, inner)
    collar = trunk.patch(
        0.0, [-0.7, 0.7, 0.0], [1.0, 1.0, 0.82 if appearance.female else 0.9]
    )
    _add(figure, collar, skin)
    dark = Paint(
        palette.blend(appearance.upper_color, (0, 0, 0), 0.35),
        GARMENT_LABEL[appearance.upper],
        labels.TORSO,
        FRONT,
        labels.COARSE_UPPER,
    )
    if appearance.upper == "jacket" or appearance.upper_pattern == "plaid":
        line = trunk.patch(0.0, [-0.03, 0.03, 0.03, -0.03], [0.95, 0.95, 0.0, 0.0])
        _add(figure, line, dark)
    if appearance.upper_pattern == "logo" and appearance.upper in (
        "shirt",
        "jacket",
        "dress",
    ):
        mark = Paint(
            appearance.upper_second, dark.label, labels.TORSO, FRONT, dark.coarse
        )
        tall = 0.1 if appearance.sleeve == "short" else 0.05
        offsets, heights = [-0.36, 0.0, 0.36, 0.3, -0.3], [0.66, 0.74, 0.66, 0.5, 0.5]
        heights = [0.62 + (value - 0.62) * tall / 0.08 for value in heights]
        _add(figure, trunk.patch(0.0, offsets, heights), mark)


def _add_back(figure: Figure, trunk: Tube, cloth: Paint) -> None:
    """Add a crease down the back and a few folds at the waist."""
    crease = trunk.patch(np.pi, [-0.03, 0.03, 0.03, -0.03], [0.8, 0.8, 0.3, 0.3])
    fold = Paint(cloth.color, cloth.label, cloth.limb, FRONT, cloth.coarse, "upper")
    if crease is not None:
        figure.polygon(crease, fold, shade=0.88)
    for _ in range(2):
        azimuth, height = figure.rng.uniform(-3, 3), figure.rng.uniform(0.12, 0.4)
        slope = figure.rng.uniform(-0.06, 0.06)
        heights = [height, height + slope, height + slope - 0.03]
        points = trunk.patch(azimuth, [-0.5, 0.5, 0.5], heights)
        if points is not None:
            figure.polygon(round_off(points, 1), fold, shade=0.8)


def _add(figure: Figure, points: Points | None, paint: Paint) -> None:
    if points is not None:
        figure.polygon(points, paint)
