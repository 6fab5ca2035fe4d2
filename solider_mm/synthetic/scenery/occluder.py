"""Occluders: objects between the camera and the person."""

import numpy as np
from numpy.random import Generator

from solider_mm.synthetic import palette
from solider_mm.synthetic.rasterize import Color, Points, Shape, Sprite, ellipse, paint

KINDS = ("post", "box", "bush", "car", "rail")


def _shape(points: Points, color: Color, layer: int) -> Shape:
    return Shape(np.asarray(points, dtype=np.float64), color, 0, 0, 0, float(layer))


def _slab(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def render_occluder(
    rng: Generator, size: tuple[int, int], person_height_px: float, kind: str = ""
) -> Sprite:
    """Render an object that occludes part of a person in the middle of the canvas.

    Args:
        rng: Generator.
        size: (H, W) of the canvas.
        person_height_px: Height of a person in pixels.
        kind: One of `KINDS`, or empty for a random one.

    Returns:
        Sprite; `alpha` is 1 where it occludes.

    Raises:
        ValueError: If `kind` is unknown.
    """
    kind = kind or KINDS[int(rng.integers(len(KINDS)))]
    painters = {
        "post": _post,
        "box": _box,
        "bush": _bush,
        "car": _car,
        "rail": _rail,
    }
    if kind not in painters:
        raise ValueError(f"occluder kind must be one of {KINDS}, got {kind!r}.")
    return paint(painters[kind](rng, size, person_height_px), {}, size, 2)


def _post(
    rng: Generator, size: tuple[int, int], person_height_px: float
) -> list[Shape]:
    height, width = size
    x, wide = width * rng.uniform(0.15, 0.85), person_height_px * rng.uniform(0.03, 0.1)
    color = palette.cloth(rng)
    lean = person_height_px * rng.normal(0, 0.02)
    whole = _slab(x, -1, x + wide, height + 1)
    shadow = _slab(x + 0.6 * wide, -1, x + wide, height + 1)
    whole[:2, 0] += lean
    shadow[:2, 0] += lean
    dark = palette.blend(color, (0, 0, 0), 0.3)
    return [_shape(whole, color, 0), _shape(shadow, dark, 1)]


def _box(rng: Generator, size: tuple[int, int], person_height_px: float) -> list[Shape]:
    height, width = size
    x, wide = width * rng.uniform(-0.1, 0.6), person_height_px * rng.uniform(0.2, 0.42)
    top = height - person_height_px * rng.uniform(0.14, 0.42)
    color = palette.cloth(rng)
    lid = palette.blend(color, (255, 255, 255), 0.25)
    dark = palette.blend(color, (0, 0, 0), 0.3)
    return [
        _shape(_slab(x, top, x + wide, height + 1), color, 0),
        _shape(_slab(x + 0.75 * wide, top, x + wide, height + 1), dark, 1),
        _shape(_slab(x, top, x + wide, top + 0.04 * person_height_px), lid, 2),
    ]


def _bush(
    rng: Generator, size: tuple[int, int], person_height_px: float
) -> list[Shape]:
    height, width = size
    x, reach = width * rng.uniform(0.0, 1.0), person_height_px * rng.uniform(0.1, 0.22)
    base = palette.jitter(rng, (58, 98, 46), 12)
    shapes = []
    for number in range(26):
        center = np.array([x, height - 0.5 * reach]) + reach * rng.normal(0, 0.55, 2)
        size_of = reach * rng.uniform(0.18, 0.42)
        leaf = ellipse(center, size_of, 0.8 * size_of)
        shapes.append(_shape(leaf, palette.jitter(rng, base, 16), number))
    return shapes


def _car(rng: Generator, size: tuple[int, int], person_height_px: float) -> list[Shape]:
    height, width = size
    side = float(rng.choice([-1.0, 1.0]))
    front = width * 0.5 + side * person_height_px * rng.uniform(-0.12, 0.12)
    top = height - person_height_px * rng.uniform(0.2, 0.36)
    color = palette.cloth(rng)

    def at(*places: tuple[float, float]) -> Points:
        """Place corners given in units behind the bumper and below the bonnet."""
        return np.array(
            [
                [front + side * person_height_px * u, top + person_height_px * v]
                for u, v in places
            ]
        )

    low = (height + 1 - top) / person_height_px
    body = at((0, low), (0, 0.12), (0.08, 0), (1.6, -0.06), (1.6, low))
    edge = at((0, 0.14), (0.08, 0.03), (1.6, -0.03), (1.6, -0.06))
    sill = at((0, low - 0.05), (1.6, low - 0.05), (1.6, low), (0, low))
    cabin = at((0.45, 0), (0.68, -0.26), (1.4, -0.28), (1.6, 0))
    pane = cabin * 0.78 + cabin.mean(axis=0) * 0.22
    lamp = ellipse(
        at((0.06, 0.12))[0], 0.045 * person_height_px, 0.03 * person_height_px
    )
    shapes = [
        _shape(body, color, 0),
        _shape(edge, palette.blend(color, (255, 255, 255), 0.35), 1),
        _shape(sill, palette.blend(color, (0, 0, 0), 0.45), 2),
        _shape(lamp, (250, 244, 214), 3),
        _shape(cabin, color, 4),
        _shape(pane, (60, 72, 84), 5),
    ]
    for share in (0.3, 1.28):
        wheel = ellipse(
            at((share, low - 0.06))[0], 0.11 * person_height_px, 0.11 * person_height_px
        )
        shapes.append(_shape(wheel, (28, 28, 30), 6))
    return shapes


def _rail(
    rng: Generator, size: tuple[int, int], person_height_px: float
) -> list[Shape]:
    height, width = size
    top = height - person_height_px * rng.uniform(0.3, 0.55)
    color, thick = palette.cloth(rng), person_height_px * rng.uniform(0.014, 0.03)
    shapes = [_shape(_slab(-1, top, width + 1, top + thick), color, 0)]
    low = top + person_height_px * rng.uniform(0.12, 0.2)
    shapes.append(_shape(_slab(-1, low, width + 1, low + 0.7 * thick), color, 1))
    step = person_height_px * rng.uniform(0.14, 0.4)
    for x in np.arange(rng.random() * step, width, step).tolist():
        bar = _slab(x, top, x + 0.7 * thick, height + 1)
        shapes.append(_shape(bar, palette.blend(color, (0, 0, 0), 0.2), 2))
    return shapes
