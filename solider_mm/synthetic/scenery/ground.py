"""Grounds in perspective: pavements, roads and lawns."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import palette, randomness
from solider_mm.synthetic.rasterize import Color, solid

Picture = NDArray[np.float32]

_TONES: dict[str, Color] = {
    "tiles": (168, 160, 150),
    "asphalt": (98, 98, 102),
    "grass": (92, 122, 62),
    "stripes": (104, 104, 108),
    "setts": (134, 126, 120),
}


def paint_ground(
    picture: Picture, rng: Generator, kind: str, person_height_px: float
) -> None:
    """Paint a ground into the strip below the wall, in place.

    Args:
        picture: (H, W, 3) float32 strip, changed in place.
        rng: Generator.
        kind: ``'tiles'``, ``'asphalt'``, ``'grass'``, ``'stripes'`` or ``'setts'``.
        person_height_px: Height of a person in pixels.
    """
    height, width = picture.shape[:2]
    tone = palette.jitter(rng, _TONES[kind], 14)
    ramp = np.linspace(0.86, 1.08, height, dtype=np.float32)[:, None, None]
    picture[:] = ramp * solid(tone)
    grain = 1.0 if kind in ("grass", "setts") else max(1.0, 0.02 * person_height_px)
    strength = 18.0 if kind == "grass" else 7.0
    picture += strength * randomness.clouds(rng, (height, width), grain)[..., None]
    if kind == "grass":
        return
    _stains(picture, rng, person_height_px)
    lines = palette.blend(tone, (40, 40, 40), 0.35)
    if kind == "stripes":
        _zebra(picture, rng, person_height_px)
    elif kind in ("tiles", "setts"):
        _joints(
            picture, rng, person_height_px * (0.34 if kind == "tiles" else 0.13), lines
        )
    elif rng.random() < 0.6:
        y = round(rng.uniform(0.1, 0.9) * height)
        thick = max(1, round(0.04 * person_height_px))
        paint = palette.blend((226, 224, 214), tone, 0.2)
        cv2.line(
            picture,
            (0, y),
            (width, y + round(rng.normal(0, 0.2) * height)),
            paint,
            thick,
        )


def _joints(picture: Picture, rng: Generator, step: float, color: Color) -> None:
    """Paint the joints of slabs, denser toward the horizon."""
    height, width = picture.shape[:2]
    vanish = width * rng.uniform(-0.5, 1.5)
    far = -1.2 * height
    y = float(height + rng.random() * step)
    while y > 0:
        cv2.line(picture, (0, round(y)), (width, round(y)), color, 1)
        y -= max(2.0, step * 0.5 * (y - far) / (height - far))
    reach = 2.5 * width
    for x in np.arange(-reach, width + reach, step).tolist():
        top = vanish + (x - vanish) * (0 - far) / (height - far)
        cv2.line(picture, (round(x), height), (round(top), 0), color, 1)


def _zebra(picture: Picture, rng: Generator, person_height_px: float) -> None:
    height, width = picture.shape[:2]
    white = palette.jitter(rng, (218, 216, 208), 8)
    step, lean = 0.42 * person_height_px, rng.uniform(-0.6, 0.6) * height
    for x in np.arange(-width - rng.random() * step, 2 * width, step).tolist():
        corners = [(x, height), (x + 0.5 * step, height)]
        corners += [(x + 0.5 * step + lean, 0), (x + lean, 0)]
        cv2.fillPoly(picture, [np.rint(corners).astype(np.int32)], white)


def _stains(picture: Picture, rng: Generator, person_height_px: float) -> None:
    """Paint patches, covers and puddles, flattened by the perspective."""
    height, width = picture.shape[:2]
    for _ in range(
        int(rng.integers(0, 2 + int(0.6 * width / max(person_height_px, 1.0))))
    ):
        center = (round(rng.random() * width), round(rng.random() * height))
        wide = max(1, round(person_height_px * rng.uniform(0.08, 0.4)))
        axes = (wide, max(1, round(wide * rng.uniform(0.15, 0.35))))
        tone = float(rng.choice([-30.0, -18.0, 14.0, 24.0]))
        mask = np.zeros((height, width), dtype=np.float32)
        if rng.random() < 0.5:
            cv2.ellipse(mask, center, axes, 0, 0, 360, 1.0, -1)
        else:
            end = (center[0] + 2 * axes[0], center[1] + 2 * axes[1])
            cv2.rectangle(mask, center, end, 1.0, -1)
        picture += tone * mask[..., None]
