"""One posed person on a transparent canvas, with ground truth."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from solider_mm.synthetic import randomness
from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.figure.carried import add_carried
from solider_mm.synthetic.figure.clothing import add_trunk, set_patterns
from solider_mm.synthetic.figure.head import add_head
from solider_mm.synthetic.figure.limbs import add_arms, add_legs
from solider_mm.synthetic.figure.posed_figure import Figure
from solider_mm.synthetic.figure.skeleton import Pose, View, bones_of, joints_of
from solider_mm.synthetic.rasterize import Points, Sprite, paint


@dataclass(frozen=True)
class Canvas:
    """What a person is rendered on.

    Attributes:
        size: (H, W) in pixels.
        rng: Generator of folds and cloth.
    """

    size: tuple[int, int]
    rng: Generator


@dataclass
class Person:
    """A posed figure and its rendered sprite.

    Attributes:
        figure: Shapes, joints and view.
        sprite: Pixels and label maps.
    """

    figure: Figure
    sprite: Sprite


def extent(appearance: Appearance, pose: Pose, view: View) -> tuple[Points, Points]:
    """Return the corners of a box around head, hands and feet.

    Args:
        appearance: Body, clothes and carried items.
        pose: Joint angles.
        view: View; its scale and origin are respected.

    Returns:
        ``(2,)`` left top and ``(2,)`` right bottom in picture pixels.
    """
    bones = bones_of(appearance)
    flat = view.project(np.stack(list(joints_of(bones, pose).values())))
    margin = 0.022 * view.scale
    head = view.project(joints_of(bones, pose)["head"])
    crown = head - np.array([0.0, 0.55 * bones.head * view.scale])
    points = np.concatenate([flat, crown[None]])
    return points.min(axis=0) - margin * np.array([1, 0]), points.max(axis=0) + margin


def render_person(
    appearance: Appearance,
    pose: Pose,
    view: View,
    light: float,
    canvas: Canvas,
) -> Person:
    """Render a person on a transparent canvas.

    Args:
        appearance: Body, clothes and carried items.
        pose: Joint angles.
        view: How the camera sees the person, in pixels of the canvas.
        light: Side the light comes from, -1 left to 1 right.
        canvas: Size and generator.

    Returns:
        The person.
    """
    figure = Figure(appearance, pose, view, light, canvas.rng)
    set_patterns(figure)
    add_legs(figure)
    add_trunk(figure)
    add_arms(figure)
    add_head(figure)
    add_carried(figure)
    # Odd, so that labels are read in the middle of the pixels.
    oversample = 3 if view.scale < 700 else 1
    sprite = paint(figure.shapes, figure.patterns, canvas.size, oversample)
    grain = max(1.0, 0.015 * view.scale)
    folds = randomness.clouds(canvas.rng, canvas.size, grain)
    sprite.rgb *= (1 + 0.06 * folds)[..., None]
    return Person(figure, sprite)


def lay_over(picture: NDArray[np.float32], sprite: Sprite) -> None:
    """Blend a sprite over a picture of the same size, in place."""
    picture *= 1 - sprite.alpha[..., None]
    picture += sprite.rgb
