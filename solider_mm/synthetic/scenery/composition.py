"""Compositing of people and occluders into a scene and its label maps."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic.figure.person import Person
from solider_mm.synthetic.rasterize import Sprite
from solider_mm.synthetic.scenery.occluder import render_occluder
from solider_mm.synthetic.scenery.shading import shade_ground
from solider_mm.synthetic.scenery.street import Spot

Window = tuple[slice, slice]


@dataclass
class Layers:
    """A scene while it is rendered.

    Attributes:
        picture: ``(H, W, 3)`` float32 RGB.
        owner: ``(H, W)`` number of the person seen in each pixel, or 0.
        parts: ``(H, W)`` LIP label seen in each pixel.
    """

    picture: NDArray[np.float32]
    owner: NDArray[np.int32]
    parts: NDArray[np.uint8]


@dataclass
class Placed:
    """A rendered person and the position of its canvas in the scene."""

    identity: int
    person: Person
    left: int
    top: int


def overlap(
    size: tuple[int, int], canvas_size: tuple[int, ...], left: int, top: int
) -> tuple[Window, Window] | None:
    """Return the overlap of scene and canvas, as slices of both."""
    y1, y2 = max(0, top), min(size[0], top + canvas_size[0])
    x1, x2 = max(0, left), min(size[1], left + canvas_size[1])
    if y1 >= y2 or x1 >= x2:
        return None
    there = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    return (slice(y1, y2), slice(x1, x2)), there


def _blend(
    picture: NDArray[np.float32], sprite: Sprite, left: int, top: int
) -> tuple[Window, Window] | None:
    size = (picture.shape[0], picture.shape[1])
    common = overlap(size, sprite.alpha.shape, left, top)
    if common is not None:
        here, there = common
        alpha = sprite.alpha[there][..., None]
        picture[here] = picture[here] * (1 - alpha) + sprite.rgb[there]
    return common


def place_occluder(
    layers: Layers,
    spot: Spot,
    rng: Generator,
) -> None:
    """Composite an occluder into the scene."""
    person_height_px = 1.7 * spot.meter
    width = 3.6 if spot.occluder == "car" else 1.0
    canvas_size = (
        max(2, round(1.15 * person_height_px)),
        max(2, round(width * person_height_px)),
    )
    sprite = render_occluder(rng, canvas_size, person_height_px, spot.occluder)
    left, top = round(spot.x - 0.5 * canvas_size[1]), round(spot.y) - canvas_size[0]
    common = _blend(layers.picture, sprite, left, top)
    if common is not None:
        hidden = sprite.alpha[common[1]] > 0.5
        layers.owner[common[0]][hidden] = 0
        layers.parts[common[0]][hidden] = 0


def place_person(
    layers: Layers,
    one: Placed,
    number: int,
) -> None:
    """Composite a person and its shadow into the scene."""
    sprite = one.person.sprite
    shade_ground(layers.picture, one.person.figure, one.left, one.top)
    common = _blend(layers.picture, sprite, one.left, one.top)
    if common is not None:
        here, there = common
        body, any_of = sprite.parts[there], sprite.limbs[there] > 0
        layers.owner[here][any_of] = np.where(body > 0, number, 0)[any_of]
        layers.parts[here][any_of] = body[any_of]
