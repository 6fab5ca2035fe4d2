"""Scenes without people: wall, ground, street furniture and light."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import palette, randomness
from solider_mm.synthetic.scenery.background import WALL_PAINTERS
from solider_mm.synthetic.scenery.ground import paint_ground

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class SceneryKinds:
    """Kinds of walls and grounds to choose from, by name.

    Attributes:
        walls: Keys of `WALL_PAINTERS`.
        grounds: Names that `paint_ground` knows.
    """

    walls: tuple[str, ...]
    grounds: tuple[str, ...]


@dataclass(frozen=True)
class SpotKey:
    """One of the spots that a camera looks at.

    Attributes:
        seed: Seed of the synthetic world.
        camera: Number of the camera.
        spot: Number of the spot among those of the camera.
    """

    seed: int
    camera: int
    spot: int


@dataclass(frozen=True)
class Framing:
    """Position and scale of an empty scene in a crop.

    Attributes:
        horizon: Row where the wall meets the ground, in pixels; may lie outside.
        person_height_px: Height of a person standing there, in pixels.
        offset: Sideways shift, as a fraction of that height.
    """

    horizon: float
    person_height_px: float
    offset: float


def paint_empty_scene(
    rng: Generator,
    size: tuple[int, int],
    horizon: float,
    person_height_px: float,
    kinds: SceneryKinds,
) -> Picture:
    """Paint a scene without people.

    Args:
        rng: Generator of the scene.
        size: ``(H, W)``.
        horizon: Row where the wall meets the ground, in pixels; may lie outside.
        person_height_px: Height of a person standing there, in pixels.
        kinds: Walls and grounds to choose from.

    Returns:
        (H, W, 3) float32 RGB, 0…255.
    """
    height, width = size
    picture = np.zeros((height, width, 3), dtype=np.float32)
    line = int(np.clip(round(horizon), 0, height))
    wall = kinds.walls[int(rng.integers(len(kinds.walls)))]
    ground = kinds.grounds[int(rng.integers(len(kinds.grounds)))]
    if line > 1:
        WALL_PAINTERS[wall](picture[:line], rng, person_height_px)
    if line < height - 1:
        paint_ground(picture[line:], rng, ground, person_height_px)
        kerb = palette.jitter(rng, (120, 116, 112), 20)
        thick = max(1, round(0.03 * person_height_px))
        cv2.line(picture, (0, line), (width, line), kerb, thick)
    for _ in range(int(rng.integers(0, 3))):
        _furniture(picture, rng, line, person_height_px)
    spots = randomness.clouds(rng, size, max(2.0, 0.05 * person_height_px))[..., None]
    picture *= 1 + 0.06 * spots
    picture += 3.5 * randomness.clouds(rng, size)[..., None]
    if rng.random() < 0.3:
        _shadow(picture, rng, person_height_px)
    blur = rng.uniform(0.2, 1.1) * person_height_px / 128
    soft: Picture = cv2.GaussianBlur(picture, (0, 0), max(0.3, min(blur, 2.5))).astype(
        np.float32, copy=False
    )
    return soft


# A spot is painted once: wide enough for a crop at any position a person may take.
_SPOT_SIZE, _SPOT_HORIZON, _SPOT_PERSON_HEIGHT = (384, 384), 192.0, 128.0


@lru_cache(maxsize=256)
def _spot(key: SpotKey, kinds: SceneryKinds) -> Picture:
    rng = randomness.generator(key.seed, randomness.SPOT, key.camera, key.spot)
    return paint_empty_scene(rng, _SPOT_SIZE, _SPOT_HORIZON, _SPOT_PERSON_HEIGHT, kinds)


def crop_empty_scene(
    key: SpotKey,
    size: tuple[int, int],
    framing: Framing,
    kinds: SceneryKinds,
) -> Picture:
    """Crop the empty scene of a spot; equal arguments give equal pictures.

    Args:
        key: Spot to look at.
        size: (H, W) of the crop.
        framing: Position and scale of the scene in the crop.
        kinds: Walls and grounds to choose from.

    Returns:
        (H, W, 3) float32 RGB, 0…255.
    """
    zoom = framing.person_height_px / _SPOT_PERSON_HEIGHT
    shift = framing.offset * framing.person_height_px
    left = 0.5 * size[1] + shift - zoom * 0.5 * _SPOT_SIZE[1]
    top = framing.horizon - zoom * _SPOT_HORIZON
    move = np.array([[zoom, 0.0, left], [0.0, zoom, top]])
    seen = cv2.warpAffine(
        _spot(key, kinds),
        move,
        (size[1], size[0]),
        flags=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return seen.astype(np.float32, copy=False)


def _furniture(
    picture: Picture, rng: Generator, line: int, person_height_px: float
) -> None:
    """Paint a post, a bin, a door or a parked car in front of the wall."""
    width = picture.shape[1]
    x, kind = rng.random() * width, int(rng.integers(4))
    color = palette.cloth(rng)
    foot = line + person_height_px * rng.uniform(0.0, 0.12)
    tall, wide = ((1.6, 0.035), (0.32, 0.18), (0.95, 0.36), (0.45, 1.1))[kind]
    top = foot - tall * person_height_px
    corner, end = (
        (round(x), round(top)),
        (round(x + wide * person_height_px), round(foot)),
    )
    cv2.rectangle(picture, corner, end, color, -1)
    dark = palette.blend(color, (0, 0, 0), 0.3)
    middle = (round(x + 0.7 * wide * person_height_px), round(top))
    cv2.rectangle(picture, middle, end, dark, -1)
    if kind == 3:
        _car_details(picture, x, foot, person_height_px)


def _car_details(
    picture: Picture, x: float, foot: float, person_height_px: float
) -> None:
    left, right = round(x + 0.2 * person_height_px), round(x + 0.9 * person_height_px)
    upper, lower = (
        round(foot - 0.42 * person_height_px),
        round(foot - 0.26 * person_height_px),
    )
    cv2.rectangle(picture, (left, upper), (right, lower), (58, 68, 78), -1)
    for share in (0.22, 0.86):
        wheel = (round(x + share * person_height_px), round(foot))
        cv2.circle(
            picture, wheel, max(1, round(0.1 * person_height_px)), (30, 30, 32), -1
        )


def _shadow(picture: Picture, rng: Generator, person_height_px: float) -> None:
    """Darken a band, like the shadow of a tall object outside the picture."""
    height, width = picture.shape[:2]
    x = rng.uniform(-0.3, 1.0) * width
    corners = [(x, 0), (x + person_height_px * rng.uniform(0.3, 1.2), 0)]
    slope = rng.normal(0, 0.6) * width
    corners += [(corners[1][0] + slope, height), (x + slope, height)]
    mask = np.zeros((height, width), dtype=np.float32)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1.0)
    picture *= 1 - rng.uniform(0.15, 0.4) * mask[..., None]
