"""Backgrounds above the ground line: facades, hedges, trees, streets."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import palette, randomness
from solider_mm.synthetic.rasterize import Color, solid

Picture = NDArray[np.float32]

_MUTED: tuple[Color, ...] = (
    (178, 166, 150),
    (150, 150, 154),
    (196, 188, 172),
    (142, 112, 92),
    (166, 178, 184),
    (120, 126, 122),
    (206, 200, 194),
    (158, 132, 104),
)


def _muted(rng: Generator) -> Color:
    return palette.jitter(rng, _MUTED[int(rng.integers(len(_MUTED)))], 16)


def _rectangle(
    picture: Picture, box: tuple[float, float, float, float], color: Color
) -> None:
    left, top, right, bottom = (round(edge) for edge in box)
    cv2.rectangle(picture, (left, top), (right, bottom), color, -1)


def _gradient(picture: Picture, top: Color, bottom: Color) -> None:
    ramp = np.linspace(0, 1, picture.shape[0], dtype=np.float32)[:, None, None]
    picture[:] = (1 - ramp) * solid(top) + ramp * solid(bottom)


def _facade(picture: Picture, rng: Generator, person_height_px: float) -> None:
    wall = _muted(rng)
    _gradient(picture, palette.blend(wall, (255, 255, 255), 0.12), wall)
    glass = palette.blend((52, 66, 82), _muted(rng), 0.25)
    frame = palette.blend(wall, (255, 255, 255), 0.5)
    step_x, step_y = (
        person_height_px * rng.uniform(0.26, 0.5),
        person_height_px * rng.uniform(0.3, 0.55),
    )
    wide, tall = step_x * rng.uniform(0.45, 0.7), step_y * rng.uniform(0.5, 0.75)
    start_x, start_y = -step_x * rng.random(), -step_y * rng.random()
    height, width = picture.shape[:2]
    for y in np.arange(start_y, height, step_y).tolist():
        for x in np.arange(start_x, width, step_x).tolist():
            edge = 0.06 * step_x
            box = (x - edge, y - edge, x + wide + edge, y + tall + edge)
            _rectangle(picture, box, frame)
            pane = palette.jitter(rng, glass, 12)
            _rectangle(picture, (x, y, x + wide, y + tall), pane)
            shine = palette.blend(pane, (255, 255, 255), 0.3)
            _rectangle(picture, (x, y, x + 0.35 * wide, y + 0.4 * tall), shine)


def _brick(picture: Picture, rng: Generator, person_height_px: float) -> None:
    base = palette.jitter(
        rng, ((150, 84, 66), (170, 150, 128), (128, 98, 84))[int(rng.integers(3))], 10
    )
    picture[:] = solid(palette.blend(base, (214, 206, 196), 0.55))
    tall = max(2.5, 0.05 * person_height_px)
    wide = 2.4 * tall
    height, width = picture.shape[:2]
    rows, columns = int(height / tall) + 1, int(width / wide) + 2
    tones = rng.normal(0, 11, (rows, columns))
    for row in range(rows):
        shift = -wide * (0.5 if row % 2 else 0.02)
        for column in range(columns):
            tone = tones[row, column]
            color = (base[0] + tone, base[1] + tone, base[2] + tone)
            x, y = shift + column * wide, row * tall
            gap = max(1.0, 0.14 * tall)
            _rectangle(
                picture, (x + gap, y + gap, x + wide - gap, y + tall - gap), color
            )


def _shop(picture: Picture, rng: Generator, person_height_px: float) -> None:
    _facade(picture, rng, person_height_px)
    height, width = picture.shape[:2]
    top = height - person_height_px * rng.uniform(0.55, 0.85)
    _rectangle(picture, (0, top, width, height), (48, 52, 58))
    sign = palette.cloth(rng)
    _rectangle(picture, (0, top - 0.14 * person_height_px, width, top), sign)
    x = -rng.random() * person_height_px
    while x < width:
        wide = person_height_px * rng.uniform(0.06, 0.3)
        box = (x, top + rng.uniform(0.05, 0.3) * person_height_px, x + wide, height)
        _rectangle(picture, box, palette.cloth(rng))
        letter = palette.contrasting(rng, sign, 70)
        _rectangle(
            picture,
            (
                x,
                top - 0.1 * person_height_px,
                x + 0.4 * wide,
                top - 0.05 * person_height_px,
            ),
            letter,
        )
        x += wide + person_height_px * rng.uniform(0.02, 0.16)
    lit = palette.blend((255, 244, 214), sign, 0.2)
    for x in np.arange(
        rng.random() * person_height_px, width, 0.6 * person_height_px
    ).tolist():
        _rectangle(picture, (x, top, x + 0.03 * person_height_px, height), lit)


def _leaves(
    picture: Picture, rng: Generator, person_height_px: float, green: Color
) -> None:
    size = (picture.shape[0], picture.shape[1])
    wide = randomness.clouds(rng, size, max(1.0, 0.02 * person_height_px))
    fine = randomness.clouds(rng, size)
    depth = np.clip(0.5 + 0.22 * wide + 0.22 * fine, 0.05, 1.2)[..., None]
    picture[:] = depth * solid(green) * 1.3 + 8


def _hedge(picture: Picture, rng: Generator, person_height_px: float) -> None:
    height = picture.shape[0]
    _facade(picture, rng, person_height_px)
    top = int(height - person_height_px * rng.uniform(0.35, 0.9))
    green = palette.jitter(rng, (66, 104, 48), 12)
    _leaves(picture[max(0, top) :], rng, person_height_px, green)


def _trees(picture: Picture, rng: Generator, person_height_px: float) -> None:
    _leaves(picture, rng, person_height_px, palette.jitter(rng, (78, 112, 56), 14))
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        x, wide = rng.random() * width, person_height_px * rng.uniform(0.03, 0.09)
        bark = palette.jitter(rng, (84, 66, 50), 10)
        _rectangle(picture, (x, 0, x + wide, height), bark)
        dark = palette.blend(bark, (0, 0, 0), 0.35)
        _rectangle(picture, (x + 0.65 * wide, 0, x + wide, height), dark)


def _fence(picture: Picture, rng: Generator, person_height_px: float) -> None:
    _leaves(picture, rng, person_height_px, palette.jitter(rng, (110, 122, 92), 16))
    height, width = picture.shape[:2]
    bar, step = _muted(rng), person_height_px * rng.uniform(0.06, 0.14)
    top = height - person_height_px * rng.uniform(0.4, 0.8)
    for x in np.arange(-rng.random() * step, width, step).tolist():
        _rectangle(picture, (x, top, x + 0.3 * step, height), bar)
    for y in (top + 0.06 * person_height_px, height - 0.08 * person_height_px):
        _rectangle(picture, (0, y, width, y + 0.03 * person_height_px), bar)


def _plaster(picture: Picture, rng: Generator, person_height_px: float) -> None:
    wall = _muted(rng)
    _gradient(picture, wall, palette.blend(wall, (60, 60, 60), 0.2))
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.random() * width, rng.random() * height
        wide, tall = person_height_px * rng.uniform(0.1, 0.4, 2)
        _rectangle(picture, (x, y, x + wide, y + tall), palette.cloth(rng))
        notice = palette.blend(wall, (255, 255, 255), 0.4)
        box = (x + 0.1 * wide, y + 0.15 * tall, x + 0.8 * wide, y + 0.3 * tall)
        _rectangle(picture, box, notice)


def _far_street(picture: Picture, rng: Generator, person_height_px: float) -> None:
    sky = palette.jitter(rng, (186, 202, 216), 14)
    _gradient(picture, sky, palette.blend(sky, (255, 250, 240), 0.5))
    height, width = picture.shape[:2]
    x = -rng.random() * person_height_px
    while x < width:
        wide, tall = (
            person_height_px * rng.uniform(0.25, 0.7),
            height * rng.uniform(0.35, 0.95),
        )
        left, right = max(0, round(x)), max(0, round(x + wide))
        block = picture[round(height - tall) :, left:right]
        if block.shape[1] > 2:
            house = np.zeros(block.shape, dtype=np.float32)
            _facade(house, rng, 0.45 * person_height_px)
            block[:] = 0.75 * house + 0.25 * solid(sky)
        x += wide


WALL_PAINTERS: dict[str, Callable[[Picture, Generator, float], None]] = {
    "facade": _facade,
    "brick": _brick,
    "shop": _shop,
    "hedge": _hedge,
    "trees": _trees,
    "fence": _fence,
    "plaster": _plaster,
    "far street": _far_street,
}
