"""A whole empty place: wall, ground, furniture and light."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import palette, randomness
from solider_mm.synthetic.scenery.background import WALL_PAINTERS
from solider_mm.synthetic.scenery.ground import paint_ground

Picture = NDArray[np.float32]


def paint_place(
    rng: Generator,
    size: tuple[int, int],
    horizon: float,
    unit: float,
    kinds: tuple[tuple[str, ...], tuple[str, ...]],
) -> Picture:
    """Paint a place without people.

    Args:
        rng: Generator of the place.
        size: ``(H, W)``.
        horizon: Row where the wall meets the ground, in pixels; may lie outside.
        unit: Height of a person standing there, in pixels.
        kinds: Names of the walls and of the grounds to choose from.

    Returns:
        ``(H, W, 3)`` float32 RGB, 0…255.
    """
    height, width = size
    walls, grounds = kinds
    picture = np.zeros((height, width, 3), dtype=np.float32)
    line = int(np.clip(round(horizon), 0, height))
    wall = walls[int(rng.integers(len(walls)))]
    ground = grounds[int(rng.integers(len(grounds)))]
    if line > 1:
        WALL_PAINTERS[wall](picture[:line], rng, unit)
    if line < height - 1:
        paint_ground(picture[line:], rng, ground, unit)
        kerb = palette.jitter(rng, (120, 116, 112), 20)
        thick = max(1, round(0.03 * unit))
        cv2.line(picture, (0, line), (width, line), kerb, thick)
    for _ in range(int(rng.integers(0, 3))):
        _furniture(picture, rng, line, unit)
    spots = randomness.clouds(rng, size, max(2.0, 0.05 * unit))[..., None]
    picture *= 1 + 0.06 * spots
    picture += 3.5 * randomness.clouds(rng, size)[..., None]
    if rng.random() < 0.3:
        _shadow(picture, rng, unit)
    blur = rng.uniform(0.2, 1.1) * unit / 128
    soft: Picture = cv2.GaussianBlur(picture, (0, 0), max(0.3, min(blur, 2.5))).astype(
        np.float32, copy=False
    )
    return soft


# A spot is painted once: wide enough for a crop at any position a person may take.
_SPOT_SIZE, _SPOT_HORIZON, _SPOT_UNIT = (384, 384), 192.0, 128.0


@lru_cache(maxsize=256)
def _spot(
    counters: tuple[int, int, int], kinds: tuple[tuple[str, ...], tuple[str, ...]]
) -> Picture:
    seed, camera, spot = counters
    rng = randomness.generator(seed, randomness.PLACE, camera, spot)
    return paint_place(rng, _SPOT_SIZE, _SPOT_HORIZON, _SPOT_UNIT, kinds)


def look_at_spot(
    counters: tuple[int, int, int],
    size: tuple[int, int],
    horizon: float,
    view: tuple[float, float],
    kinds: tuple[tuple[str, ...], tuple[str, ...]],
) -> Picture:
    """See one of the places that a fixed camera looks at; it never changes.

    Args:
        counters: Seed of the world, number of the camera and of its spot.
        size: ``(H, W)``.
        horizon: Row where the wall meets the ground, in pixels; may lie outside.
        view: Height of a person standing there, in pixels, and the share of it by
            which the crop is moved sideways.
        kinds: Names of the walls and of the grounds to choose from.

    Returns:
        ``(H, W, 3)`` float32 RGB, 0…255.
    """
    unit, aside = view
    zoom = unit / _SPOT_UNIT
    left = 0.5 * size[1] + aside * unit - zoom * 0.5 * _SPOT_SIZE[1]
    move = np.array([[zoom, 0.0, left], [0.0, zoom, horizon - zoom * _SPOT_HORIZON]])
    seen = cv2.warpAffine(
        _spot(counters, kinds),
        move,
        (size[1], size[0]),
        flags=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return seen.astype(np.float32, copy=False)


def _furniture(picture: Picture, rng: Generator, line: int, unit: float) -> None:
    """Stand a post, a bin, a door or a parked car at the wall."""
    width = picture.shape[1]
    x, kind = rng.random() * width, int(rng.integers(4))
    color = palette.cloth(rng)
    foot = line + unit * rng.uniform(0.0, 0.12)
    tall, wide = ((1.6, 0.035), (0.32, 0.18), (0.95, 0.36), (0.45, 1.1))[kind]
    top = foot - tall * unit
    corner, end = (round(x), round(top)), (round(x + wide * unit), round(foot))
    cv2.rectangle(picture, corner, end, color, -1)
    dark = palette.blend(color, (0, 0, 0), 0.3)
    middle = (round(x + 0.7 * wide * unit), round(top))
    cv2.rectangle(picture, middle, end, dark, -1)
    if kind == 3:
        _car_details(picture, x, foot, unit)


def _car_details(picture: Picture, x: float, foot: float, unit: float) -> None:
    left, right = round(x + 0.2 * unit), round(x + 0.9 * unit)
    upper, lower = round(foot - 0.42 * unit), round(foot - 0.26 * unit)
    cv2.rectangle(picture, (left, upper), (right, lower), (58, 68, 78), -1)
    for share in (0.22, 0.86):
        wheel = (round(x + share * unit), round(foot))
        cv2.circle(picture, wheel, max(1, round(0.1 * unit)), (30, 30, 32), -1)


def _shadow(picture: Picture, rng: Generator, unit: float) -> None:
    """Lay the shadow of something tall across the place."""
    height, width = picture.shape[:2]
    x = rng.uniform(-0.3, 1.0) * width
    corners = [(x, 0), (x + unit * rng.uniform(0.3, 1.2), 0)]
    slope = rng.normal(0, 0.6) * width
    corners += [(corners[1][0] + slope, height), (x + slope, height)]
    mask = np.zeros((height, width), dtype=np.float32)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1.0)
    picture *= 1 - rng.uniform(0.15, 0.4) * mask[..., None]
