"""Street scenery behind a person, and occluders in front."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.person import (
    Canvas,
    Person,
    lay_over,
    render_person,
)
from solider_mm.synthetic.figure.skeleton import View, sample_pose
from solider_mm.synthetic.scenery.camera import Camera
from solider_mm.synthetic.scenery.empty_scene import (
    Framing,
    SceneryKinds,
    SpotKey,
    crop_empty_scene,
)
from solider_mm.synthetic.scenery.occluder import render_occluder
from solider_mm.synthetic.scenery.shading import shade_ground

MOST_IDENTITIES = 1_000_000  # passers-by have identities from here on
# A fixed camera shows few spots: two crops differ by the person, not the background.
SPOTS_PER_CAMERA = 2


def paint_behind(
    person: Person, camera: Camera, seed: int, rng: Generator
) -> NDArray[np.float32]:
    """Paint the empty scene, sometimes a distant passer-by, and the person's shadow.

    Args:
        person: Person in front of the background.
        camera: Camera of the shot.
        seed: Seed of the synthetic world.
        rng: Generator that chooses the spot and the passer-by.

    Returns:
        (H, W, 3) RGB in 0…255, as large as the person's sprite.
    """
    spot = SpotKey(seed, camera.number, int(rng.integers(SPOTS_PER_CAMERA)))
    height, width = person.sprite.alpha.shape
    size = (height, width)
    view = person.figure.view
    depth = rng.uniform(0.2, 0.9) * np.sin(camera.pitch) + rng.uniform(0.0, 0.1)
    horizon = view.origin[1] - view.scale * depth * 1.6
    framing = Framing(horizon, view.scale, float(rng.uniform(-0.1, 0.1)))
    kinds = SceneryKinds(camera.scenery, camera.ground)
    picture = crop_empty_scene(spot, size, framing, kinds)
    if rng.random() < 0.18:
        scale = view.scale * rng.uniform(0.45, 0.85)
        beside = (width * rng.choice([rng.uniform(0, 0.25), rng.uniform(0.75, 1)]), 0.0)
        foot = horizon + rng.uniform(0.2, 0.8) * (view.origin[1] - horizon)
        far = View(0.0, view.pitch, 0.0, scale, (float(beside[0]), float(foot)))
        lay_over(picture, _passer_by(seed, size, far, camera, rng).sprite)
    shade_ground(picture, person.figure)
    return picture


def paint_in_front(
    picture: NDArray[np.float32],
    person: Person,
    camera: Camera,
    seed: int,
    rng: Generator,
) -> NDArray[np.bool_]:
    """Paint an occluder in front of a person in one shot of five.

    Args:
        picture: (H, W, 3), changed in place.
        person: Person who may be occluded.
        camera: Camera of the shot.
        seed: Seed of the synthetic world.
        rng: Generator that chooses whether, what and where.

    Returns:
        (H, W) bool, the occluded pixels.
    """
    size = (picture.shape[0], picture.shape[1])
    chance = rng.random()
    if chance >= 0.2:
        return np.zeros(size, dtype=np.bool_)
    view = person.figure.view
    if chance < 0.13:
        sprite = render_occluder(rng, size, view.scale)
    else:
        side = rng.choice([-1.0, 1.0])
        x = view.origin[0] + side * view.scale * rng.uniform(0.13, 0.26)
        y = view.origin[1] + view.scale * rng.uniform(0.05, 0.3)
        scale = view.scale * rng.uniform(0.95, 1.2)
        near = View(0.0, view.pitch, 0.0, scale, (float(x), float(y)))
        sprite = _passer_by(seed, size, near, camera, rng).sprite
    lay_over(picture, sprite)
    return sprite.alpha > 0.5


def _passer_by(
    seed: int, size: tuple[int, int], view: View, camera: Camera, rng: Generator
) -> Person:
    appearance = appearance_of(
        MOST_IDENTITIES + int(rng.integers(MOST_IDENTITIES)), seed
    )
    pose = sample_pose(rng, appearance)
    turned = View(pose.yaw, view.pitch, 0.0, view.scale, view.origin)
    return render_person(appearance, pose, turned, camera.light, Canvas(size, rng))
