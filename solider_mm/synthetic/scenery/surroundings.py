"""What stands behind a person in the street, and what stands in the way."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.person import Person, lay_over, render_person
from solider_mm.synthetic.figure.skeleton import View, sample_pose
from solider_mm.synthetic.scenery.camera import Camera, camera_of
from solider_mm.synthetic.scenery.occluder import render_occluder
from solider_mm.synthetic.scenery.place import look_at_spot
from solider_mm.synthetic.scenery.shading import shade_ground

MOST_IDENTITIES = 1_000_000  # passers-by get identities of their own, above everyone's
# A fixed camera shows few places: what tells two crops apart is the person.
SPOTS_PER_CAMERA = 2


def paint_behind(
    person: Person, place: tuple[int, int], rng: Generator
) -> NDArray[np.float32]:
    """Paint the place, a far passer-by now and then, and the person's shadow.

    Args:
        person: Who will stand before it.
        place: Seed of the drawn world, and number of the camera.
        rng: Draws which of the camera's places it is, and what is there.

    Returns:
        ``(H, W, 3)`` RGB in 0…255, as large as the person's sprite.
    """
    seed, camera = place
    eye = camera_of(camera, seed)
    spot = (seed, camera, int(rng.integers(SPOTS_PER_CAMERA)))
    height, width = person.sprite.alpha.shape
    size = (height, width)
    view = person.figure.view
    depth = rng.uniform(0.2, 0.9) * np.sin(eye.pitch) + rng.uniform(0.0, 0.1)
    horizon = view.origin[1] - view.scale * depth * 1.6
    kinds = (eye.scenery, eye.ground)
    aside = float(rng.uniform(-0.1, 0.1))
    picture = look_at_spot(spot, size, horizon, (view.scale, aside), kinds)
    if rng.random() < 0.18:
        scale = view.scale * rng.uniform(0.45, 0.85)
        beside = (width * rng.choice([rng.uniform(0, 0.25), rng.uniform(0.75, 1)]), 0.0)
        foot = horizon + rng.uniform(0.2, 0.8) * (view.origin[1] - horizon)
        far = View(0.0, view.pitch, 0.0, scale, (float(beside[0]), float(foot)))
        lay_over(picture, _passer_by(seed, size, far, eye, rng).sprite)
    shade_ground(picture, person.figure)
    return picture


def paint_in_front(
    picture: NDArray[np.float32],
    person: Person,
    place: tuple[int, int],
    rng: Generator,
) -> NDArray[np.bool_]:
    """Put something in the way of a person now and then.

    Args:
        picture: ``(H, W, 3)``, painted on in place.
        person: Who stands there.
        place: Seed of the drawn world, and number of the camera.
        rng: Draws whether, what and where.

    Returns:
        ``(H, W)``, the pixels it covers.
    """
    seed, camera = place
    eye = camera_of(camera, seed)
    size = (picture.shape[0], picture.shape[1])
    draw = rng.random()
    if draw >= 0.2:
        return np.zeros(size, dtype=np.bool_)
    view = person.figure.view
    if draw < 0.13:
        sprite = render_occluder(rng, size, view.scale)
    else:
        side = rng.choice([-1.0, 1.0])
        x = view.origin[0] + side * view.scale * rng.uniform(0.13, 0.26)
        y = view.origin[1] + view.scale * rng.uniform(0.05, 0.3)
        scale = view.scale * rng.uniform(0.95, 1.2)
        near = View(0.0, view.pitch, 0.0, scale, (float(x), float(y)))
        sprite = _passer_by(seed, size, near, eye, rng).sprite
    lay_over(picture, sprite)
    return sprite.alpha > 0.5


def _passer_by(
    seed: int, size: tuple[int, int], view: View, eye: Camera, rng: Generator
) -> Person:
    look = appearance_of(MOST_IDENTITIES + int(rng.integers(MOST_IDENTITIES)), seed)
    pose = sample_pose(rng, look)
    turned = View(pose.yaw, view.pitch, 0.0, view.scale, view.origin)
    return render_person(look, pose, turned, eye.light, (size, rng))
