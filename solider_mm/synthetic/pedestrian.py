"""Crops of one person, as a re-identification set holds them."""

from __future__ import annotations

from typing import TypedDict

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness
from solider_mm.synthetic.figure.appearance import Appearance, appearance_of
from solider_mm.synthetic.figure.attributes import attributes_of
from solider_mm.synthetic.figure.keypoints import keypoints_of
from solider_mm.synthetic.figure.person import Person, extent, lay_over, render_person
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
    """A crop with its truth.

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
    """Draw a crop of one person.

    Body, clothes and things carried belong to the identity; height, light and lens to
    the camera, with the few places it looks at; pose, direction, framing and what
    stands in the way to the shot.

    Args:
        identity: Number of the person, from 0 to 999,999.
        camera: Number of the camera, from 0.
        shot: Number of the picture, from 0.
        size: ``(H, W)`` of the crop in pixels, at least 16 each.
        seed: Seed of the drawn world.
        background: ``'street'``: places of the camera, passers-by, things in the way; or
            ``'noise'``: noise that tells nothing, and nothing but the person.

    Returns:
        Picture and truth; the same for the same arguments, whatever was drawn before.

    Raises:
        ValueError: If the size is too small or a number is negative or too large.
    """
    height, width = size
    if min(height, width) < 16:
        raise ValueError(
            f"size must be (H, W) of at least 16 pixels each, got {size}; draw larger "
            "and reduce the picture."
        )
    if not 0 <= identity < MOST_IDENTITIES:
        raise ValueError(
            f"identity must be in 0…{MOST_IDENTITIES - 1}, got {identity}; number "
            "people from 0."
        )
    if background not in BACKGROUNDS:
        raise ValueError(
            f"background must be one of {BACKGROUNDS}, got {background!r}."
        )
    rng = randomness.generator(seed, randomness.SHOT, identity, camera, shot)
    chance = randomness.generator(seed, randomness.BACKGROUND, identity, camera, shot)
    eye, look = camera_of(camera, seed), appearance_of(identity, seed)
    person = _pose_in_frame(look, eye, size, rng)
    shape = (person.sprite.alpha.shape[0], person.sprite.alpha.shape[1])
    if background == "street":
        picture = paint_behind(person, (seed, camera), chance)
        lay_over(picture, person.sprite)
        covered = paint_in_front(picture, person, (seed, camera), chance)
    else:
        picture = paint_noise(chance, shape)
        lay_over(picture, person.sprite)
        covered = np.zeros(shape, dtype=np.bool_)
    clean = np.clip(picture, 0, 255).astype(np.uint8)
    drawn = _with_truth(clean, person, covered, (identity, camera))
    stretch(drawn, size)
    drawn["image"] = expose(drawn["image"], eye, rng)
    return drawn


def _pose_in_frame(
    look: Appearance, eye: Camera, size: tuple[int, int], rng: Generator
) -> Person:
    """Pose a person and frame it as a detector would: tight, sometimes cut off."""
    height, width = size
    pose = sample_pose(rng, look)
    pitch = float(np.clip(eye.pitch + rng.normal(0, 0.03), 0.0, 0.6))
    roll = float(rng.normal(0, 0.02))
    unit = View(pose.yaw, pitch, roll, 1.0, (0.0, 0.0))
    start, end = extent(look, pose, unit)
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
    return render_person(look, pose, view, eye.light, (size, rng))


def stretch(drawn: RenderedPerson, size: tuple[int, int]) -> None:
    """Bring a crop and its truth to another size, in place.

    Args:
        drawn: The crop.
        size: ``(H, W)``.
    """
    height, width = drawn["parts"].shape
    target = (size[1], size[0])
    drawn["image"] = np.asarray(
        cv2.resize(drawn["image"], target, interpolation=cv2.INTER_CUBIC)
    )
    drawn["carried"] = _enlarge(drawn["carried"].astype(np.uint8), target) > 0
    drawn["coarse_parts"] = _enlarge(drawn["coarse_parts"], target)
    drawn["parts"] = _enlarge(drawn["parts"], target)
    drawn["foreground"] = drawn["parts"] > 0
    # From the middle of its pixel, a point stays on what it lies on.
    zoom = np.array([size[1] / width, size[0] / height])
    points = drawn["keypoints"]
    known = points[:, 2] > 0
    points[known, :2] = (np.floor(points[known, :2]) + 0.5) * zoom


def _enlarge(mask: NDArray[np.uint8], target: tuple[int, int]) -> NDArray[np.uint8]:
    large = cv2.resize(mask, target, interpolation=cv2.INTER_NEAREST_EXACT)
    return large.astype(np.uint8, copy=False)


def _with_truth(
    image: NDArray[np.uint8],
    person: Person,
    covered: NDArray[np.bool_],
    numbers: tuple[int, int],
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
        identity=numbers[0],
        camera=numbers[1],
        attributes=attributes_of(figure.look, figure.view.yaw),
    )
