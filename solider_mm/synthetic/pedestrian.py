"""Crops of one person, as in a re-identification data set."""

from typing import TypedDict

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness
from solider_mm.synthetic.figure.appearance import Appearance, appearance_of
from solider_mm.synthetic.figure.attributes import attributes_of
from solider_mm.synthetic.figure.keypoints import keypoints_of
from solider_mm.synthetic.figure.person import (
    Canvas,
    Person,
    extent,
    lay_over,
    render_person,
)
from solider_mm.synthetic.figure.skeleton import View, sample_pose
from solider_mm.synthetic.scenery.camera import Camera, camera_of, expose
from solider_mm.synthetic.scenery.noise import paint_noise
from solider_mm.synthetic.scenery.surroundings import (
    MOST_IDENTITIES,
    paint_behind,
    paint_in_front,
)

BACKGROUNDS = ("street", "noise")


class RenderedPerson(TypedDict):
    """A crop with its ground truth.

    Attributes:
        image: ``(H, W, 3)`` RGB uint8.
        foreground: ``(H, W)`` bool, the visible person; equals ``parts > 0``.
        parts: ``(H, W)`` uint8 LIP labels; bags are background, as in LIP.
        coarse_parts: ``(H, W)`` uint8; 0 background, 1 head, 2 upper body, 3 lower
            body.
        carried: ``(H, W)`` bool, visible bags and held things.
        keypoints: ``(17, 3)`` x, y in pixels, visibility 0, 1 or 2 (COCO).
        visible_fraction: Share of the person's pixels in the picture that nothing
            else hides.
        identity: Number of the person.
        camera: Number of the camera.
        attributes: 0 or 1 for every name of ``ATTRIBUTE_NAMES``.
    """

    image: NDArray[np.uint8]
    foreground: NDArray[np.bool_]
    parts: NDArray[np.uint8]
    coarse_parts: NDArray[np.uint8]
    carried: NDArray[np.bool_]
    keypoints: NDArray[np.float32]
    visible_fraction: float
    identity: int
    camera: int
    attributes: dict[str, int]


def render_pedestrian(
    identity: int,
    camera: int,
    shot: int,
    size: tuple[int, int] = (128, 64),
    seed: int = 0,
    background: str = "street",
) -> RenderedPerson:
    """Render a crop of one person.

    The identity determines body, clothes and carried items. The camera determines
    height, light, lens and the few spots it looks at. The shot determines pose,
    direction, framing and occluders.

    Args:
        identity: Number of the person, from 0 to 999,999.
        camera: Number of the camera, from 0.
        shot: Number of the picture, from 0.
        size: ``(H, W)`` of the crop in pixels, at least 16 each.
        seed: Seed of the synthetic world.
        background: `street` for spots of the camera, passers-by and occluders, or
            `noise` for uninformative noise and the person only.

    Returns:
        Image and ground truth. Equal arguments give equal results, in any order.

    Raises:
        ValueError: If the size is too small or a number is negative or too large.
    """
    height, width = size
    if min(height, width) < 16:
        raise ValueError(
            f"size is {size}: expected (H, W) of at least 16 pixels each; render "
            "larger and shrink the image."
        )
    if not 0 <= identity < MOST_IDENTITIES:
        raise ValueError(
            f"identity must be in 0…{MOST_IDENTITIES - 1}, got {identity}; number "
            "people from 0."
        )
    if background not in BACKGROUNDS:
        raise ValueError(f"background is {background!r}: expected {BACKGROUNDS}.")
    rng = randomness.generator(seed, randomness.SHOT, identity, camera, shot)
    chance = randomness.generator(seed, randomness.BACKGROUND, identity, camera, shot)
    camera_model, appearance = camera_of(camera, seed), appearance_of(identity, seed)
    person = _pose_in_frame(appearance, camera_model, size, rng)
    shape = (person.sprite.alpha.shape[0], person.sprite.alpha.shape[1])
    if background == "street":
        picture = paint_behind(person, camera_model, seed, chance)
        lay_over(picture, person.sprite)
        covered = paint_in_front(picture, person, camera_model, seed, chance)
    else:
        picture = paint_noise(chance, shape)
        lay_over(picture, person.sprite)
        covered = np.zeros(shape, dtype=np.bool_)
    clean = np.clip(picture, 0, 255).astype(np.uint8)
    rendered = _with_truth(clean, person, covered, identity, camera)
    stretch(rendered, size)
    rendered["image"] = expose(rendered["image"], camera_model, rng)
    return rendered


def _pose_in_frame(
    appearance: Appearance, camera_model: Camera, size: tuple[int, int], rng: Generator
) -> Person:
    """Pose a person and frame it like a detection: tight, sometimes truncated."""
    height, width = size
    pose = sample_pose(rng, appearance)
    pitch = float(np.clip(camera_model.pitch + rng.normal(0, 0.03), 0.0, 0.6))
    roll = float(rng.normal(0, 0.02))
    unit_view = View(pose.yaw, pitch, roll, 1.0, (0.0, 0.0))
    start, end = extent(appearance, pose, unit_view)
    fill = rng.uniform(0.82, 0.97) if rng.random() < 0.9 else rng.uniform(1.05, 1.35)
    scale = fill * height / float(end[1] - start[1])
    # The box of a detector is as narrow as the person; its crop is stretched to size.
    wide = float(end[0] - start[0]) * scale * rng.uniform(1.0, 1.2)
    width = int(np.clip(round(wide), 0.25 * width, width))
    size = (height, width)
    scale = min(scale, 1.25 * width / float(end[0] - start[0]))
    free = height - scale * float(end[1] - start[1])
    share = rng.uniform(0.25, 0.75) if free > 0 else rng.uniform(0.0, 1.0)
    x = width * (0.5 + rng.normal(0, 0.035)) - scale * 0.5 * float(start[0] + end[0])
    y = share * free - scale * float(start[1])
    view = View(pose.yaw, pitch, roll, scale, (x, y))
    return render_person(appearance, pose, view, camera_model.light, Canvas(size, rng))


def stretch(rendered: RenderedPerson, size: tuple[int, int]) -> None:
    """Resize a crop and its ground truth, in place.

    Args:
        rendered: The crop.
        size: ``(H, W)``.
    """
    height, width = rendered["parts"].shape
    target = (size[1], size[0])
    rendered["image"] = np.asarray(
        cv2.resize(rendered["image"], target, interpolation=cv2.INTER_CUBIC)
    )
    rendered["carried"] = _enlarge(rendered["carried"].astype(np.uint8), target) > 0
    rendered["coarse_parts"] = _enlarge(rendered["coarse_parts"], target)
    rendered["parts"] = _enlarge(rendered["parts"], target)
    rendered["foreground"] = rendered["parts"] > 0
    # From the middle of its pixel, a point stays on what it lies on.
    zoom = np.array([size[1] / width, size[0] / height])
    points = rendered["keypoints"]
    known = points[:, 2] > 0
    points[known, :2] = (np.floor(points[known, :2]) + 0.5) * zoom


def _enlarge(mask: NDArray[np.uint8], target: tuple[int, int]) -> NDArray[np.uint8]:
    large = cv2.resize(mask, target, interpolation=cv2.INTER_NEAREST_EXACT)
    return large.astype(np.uint8, copy=False)


def _with_truth(
    image: NDArray[np.uint8],
    person: Person,
    covered: NDArray[np.bool_],
    identity: int,
    camera: int,
) -> RenderedPerson:
    sprite, figure = person.sprite, person.figure
    parts = np.where(covered, np.uint8(0), sprite.parts)
    whole = int(np.count_nonzero(sprite.parts))
    limbs = np.where(covered, np.uint8(0), sprite.limbs)
    return RenderedPerson(
        image=image,
        foreground=parts > 0,
        parts=parts,
        coarse_parts=np.where(covered, np.uint8(0), sprite.coarse),
        carried=(limbs > 0) & (parts == 0),
        keypoints=keypoints_of(figure, sprite.limbs, covered),
        visible_fraction=int(np.count_nonzero(parts)) / max(whole, 1),
        identity=identity,
        camera=camera,
        attributes=attributes_of(figure.appearance, figure.view.yaw),
    )
