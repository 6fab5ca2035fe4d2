"""One posed person on a transparent sheet, with truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness
from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.figure.carried import draw_carried
from solider_mm.synthetic.figure.clothing import draw_trunk, set_patterns
from solider_mm.synthetic.figure.figure import Figure
from solider_mm.synthetic.figure.head import draw_head
from solider_mm.synthetic.figure.limbs import draw_arms, draw_legs
from solider_mm.synthetic.figure.skeleton import Pose, View, bones_of, joints_of
from solider_mm.synthetic.rasterize import Points, Sprite, paint


@dataclass
class Person:
    """A drawn figure and its sprite."""

    figure: Figure
    sprite: Sprite


def extent(look: Appearance, pose: Pose, view: View) -> tuple[Points, Points]:
    """Give the corners of a box around head, hands and feet.

    Args:
        look: Who it is.
        pose: Joint angles.
        view: View; its scale and origin are respected.

    Returns:
        ``(2,)`` left top and ``(2,)`` right bottom in picture pixels.
    """
    bones = bones_of(look)
    flat = view.project(np.stack(list(joints_of(bones, pose).values())))
    margin = 0.022 * view.scale
    head = view.project(joints_of(bones, pose)["head"])
    crown = head - np.array([0.0, 0.55 * bones.head * view.scale])
    points = np.concatenate([flat, crown[None]])
    return points.min(axis=0) - margin * np.array([1, 0]), points.max(axis=0) + margin


def render_person(
    look: Appearance,
    pose: Pose,
    view: View,
    light: float,
    sheet: tuple[tuple[int, int], Generator],
) -> Person:
    """Draw a person on a transparent sheet.

    Args:
        look: Who it is.
        pose: Joint angles.
        view: How the camera sees the person, in pixels of the sheet.
        light: Side the light comes from, -1 left to 1 right.
        sheet: Its ``(H, W)`` and the generator for folds and cloth.

    Returns:
        The person.
    """
    size, rng = sheet
    figure = Figure(look, pose, view, light, rng)
    set_patterns(figure)
    draw_legs(figure)
    draw_trunk(figure)
    draw_arms(figure)
    draw_head(figure)
    draw_carried(figure)
    # Odd, so that labels are read in the middle of the pixels.
    oversample = 3 if view.scale < 700 else 1
    sprite = paint(figure.shapes, figure.patterns, size, oversample)
    folds = randomness.clouds(rng, size, max(1.0, 0.015 * view.scale))
    sprite.rgb *= (1 + 0.06 * folds)[..., None]
    return Person(figure, sprite)


def lay_over(picture: NDArray[np.float32], sprite: Sprite) -> None:
    """Lay a sprite over a picture of the same size, in place."""
    picture *= 1 - sprite.alpha[..., None]
    picture += sprite.rgb
