"""Street scenes with many people and their ground truth."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness
from solider_mm.synthetic.figure.appearance import appearance_of
from solider_mm.synthetic.figure.attributes import attributes_of
from solider_mm.synthetic.figure.keypoints import keypoints_of
from solider_mm.synthetic.figure.person import Canvas, extent, render_person
from solider_mm.synthetic.figure.skeleton import View, sample_pose
from solider_mm.synthetic.scenery.camera import Camera, camera_of, expose
from solider_mm.synthetic.scenery.composition import (
    Layers,
    Placed,
    overlap,
    place_occluder,
    place_person,
)
from solider_mm.synthetic.scenery.empty_scene import SceneryKinds, paint_empty_scene
from solider_mm.synthetic.scenery.street import Spot, choose_spots
from solider_mm.synthetic.scenery.surroundings import MOST_IDENTITIES

Box = tuple[float, float, float, float]


class ScenePerson(TypedDict):
    """Ground truth of one person in a scene.

    Attributes:
        identity: Number of the person.
        box: x1, y1, x2, y2 around the whole body, hidden parts and parts outside the
            picture included; pixel edges.
        visible_box: The same around the visible pixels.
        visible_fraction: Visible pixels over all pixels of the body.
        keypoints: ``(17, 3)`` x, y in scene pixels, visibility 0, 1 or 2.
        attributes: 0 or 1 for every name of ``ATTRIBUTE_NAMES``.
    """

    identity: int
    box: Box
    visible_box: Box
    visible_fraction: float
    keypoints: NDArray[np.float32]
    attributes: dict[str, int]


class RenderedScene(TypedDict):
    """A scene with its ground truth.

    Attributes:
        image: ``(H, W, 3)`` RGB uint8.
        instances: ``(H, W)`` uint16; 0, or 1 + place in `people`, of whose body is
            seen. Bags belong to nobody.
        parts: ``(H, W)`` uint8 LIP labels of what is seen.
        people: Everyone with at least one visible pixel.
        camera: Number of the camera.
        index: Number of the scene.
    """

    image: NDArray[np.uint8]
    instances: NDArray[np.uint16]
    parts: NDArray[np.uint8]
    people: list[ScenePerson]
    camera: int
    index: int


def render_scene(
    index: int,
    size: tuple[int, int] = (360, 480),
    seed: int = 0,
    *,
    num_people: int = 6,
    camera: int = 0,
    identities: Sequence[int] | None = None,
    min_height: float = 40.0,
) -> RenderedScene:
    """Render a street scene.

    People stand on a ground plane: distant people are smaller and may be occluded by
    nearer ones. Some walk in groups. Posts, bins, bushes and cars stand between them.

    Args:
        index: Number of the scene, from 0.
        size: ``(H, W)`` in pixels, at least 64 each.
        seed: Seed of the synthetic world.
        num_people: Number of people.
        camera: Number of the camera, from 0.
        identities: Numbers of the people; by default strangers that only this scene
            shows.
        min_height: Minimum height of a person of average size, in pixels.

    Returns:
        Image and ground truth. Equal arguments give equal results.

    Raises:
        ValueError: If the size is too small, or `num_people` and `identities` do not
            fit together.
    """
    _check(size, num_people, identities)
    rng = randomness.generator(seed, randomness.SCENE, index, camera)
    camera_model = camera_of(camera, seed)
    if identities is None:
        strangers = MOST_IDENTITIES + rng.integers(MOST_IDENTITIES, size=num_people)
        identities = [int(number) for number in strangers]
    street = choose_spots(rng, size, num_people, camera_model.height, min_height)
    kinds = SceneryKinds(camera_model.scenery, camera_model.ground)
    layers = Layers(
        paint_empty_scene(rng, size, street.wall, street.person_height_px, kinds),
        np.zeros(size, dtype=np.int32),
        np.zeros(size, dtype=np.uint8),
    )
    placed: list[Placed] = []
    names = iter(identities)
    for spot in street.spots:
        if spot.occluder:
            place_occluder(layers, spot, rng)
            continue
        one = _render_at(next(names), camera_model, spot, rng, seed)
        placed.append(one)
        place_person(layers, one, len(placed))
    clean = np.clip(layers.picture, 0, 255).astype(np.uint8)
    image = expose(clean, camera_model, rng, person_height_px=160.0)
    return _with_truth(image, layers, placed, camera, index)


def _check(
    size: tuple[int, int], num_people: int, identities: Sequence[int] | None
) -> None:
    if min(size) < 64:
        raise ValueError(
            f"size must be (H, W) of at least 64 pixels each, got {size}; render "
            "larger and shrink the image."
        )
    if num_people < 0 or (identities is not None and len(identities) != num_people):
        given = None if identities is None else len(identities)
        raise ValueError(
            f"num_people must be 0 or larger and equal the number of identities, got "
            f"{num_people} and {given}; give one identity for each person."
        )


def _render_at(
    identity: int, camera_model: Camera, spot: Spot, rng: Generator, seed: int
) -> Placed:
    appearance = appearance_of(identity, seed)
    pose = sample_pose(rng, appearance)
    scale = spot.meter * appearance.stature
    unit_view = View(pose.yaw, camera_model.pitch, 0.0, scale, (0.0, 0.0))
    start, end = extent(appearance, pose, unit_view)
    margin = 0.14 * scale
    left = int(np.floor(spot.x + start[0] - margin))
    top = int(np.floor(spot.y + start[1] - margin))
    height = int(np.ceil(end[1] - start[1] + 2 * margin)) + 1
    width = int(np.ceil(end[0] - start[0] + 2 * margin)) + 1
    view = View(pose.yaw, camera_model.pitch, 0.0, scale, (spot.x - left, spot.y - top))
    person = render_person(
        appearance, pose, view, camera_model.light, Canvas((height, width), rng)
    )
    return Placed(identity, person, left, top)


def _box_of(mask: NDArray[np.bool_], left: int, top: int) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        float(left + columns[0]),
        float(top + rows[0]),
        float(left + columns[-1] + 1),
        float(top + rows[-1] + 1),
    )


def _truth_of(one: Placed, owner: NDArray[np.int32], number: int) -> ScenePerson | None:
    sprite = one.person.sprite
    size = (owner.shape[0], owner.shape[1])
    seen = np.zeros(sprite.parts.shape, dtype=np.bool_)
    common = overlap(size, sprite.parts.shape, one.left, one.top)
    if common is not None:
        seen[common[1]] = owner[common[0]] == number
    if not seen.any():
        return None
    body = sprite.parts > 0
    points = keypoints_of(one.person.figure, sprite.limbs, body & ~seen)
    points[points[:, 2] > 0, :2] += (one.left, one.top)
    inside = (points[:, :2] >= 0).all(axis=1) & (points[:, :2] < size[::-1]).all(axis=1)
    points[~inside] = 0
    figure = one.person.figure
    return ScenePerson(
        identity=one.identity,
        box=_box_of(body, one.left, one.top),
        visible_box=_box_of(seen, one.left, one.top),
        visible_fraction=int(seen.sum()) / int(body.sum()),
        keypoints=points,
        attributes=attributes_of(figure.appearance, figure.view.yaw),
    )


def _with_truth(
    image: NDArray[np.uint8],
    layers: Layers,
    placed: list[Placed],
    camera: int,
    index: int,
) -> RenderedScene:
    people: list[ScenePerson] = []
    renumber = np.zeros(len(placed) + 1, dtype=np.uint16)
    for number, one in enumerate(placed, start=1):
        truth = _truth_of(one, layers.owner, number)
        if truth is not None:
            people.append(truth)
            renumber[number] = len(people)
    return RenderedScene(
        image=image,
        instances=renumber[layers.owner],
        parts=layers.parts,
        people=people,
        camera=camera,
        index=index,
    )
