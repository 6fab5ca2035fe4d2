"""A posed figure as a list of shapes, to be rasterized at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.figure.skeleton import Bones, Pose, View, bones_of, joints_of
from solider_mm.synthetic.figure.tube import Ring, Tube
from solider_mm.synthetic.rasterize import (
    Color,
    Pattern,
    Points,
    Shape,
    capsule,
    ellipse,
    round_off,
)


@dataclass(frozen=True)
class Paint:
    """Color and labels of a shape.

    Attributes:
        color: RGB 0…255.
        label: LIP label.
        limb: Component.
        layer: Painting order, small first.
        coarse: Coarse part, or -1 for the usual one of the label.
        pattern: Cloth pattern slot.
    """

    color: Color
    label: int
    limb: int
    layer: float
    coarse: int = -1
    pattern: str = ""


@dataclass
class Figure:
    """One person in one view, as a growing list of shapes.

    Attributes:
        appearance: Body, clothes and carried items.
        pose: Joint angles.
        view: Orthographic view of the camera.
        light: Side the light comes from in the picture, -1 left to 1 right.
        rng: Generator for small things (folds, logos), used in a fixed order.
        shapes: Shapes added so far.
        patterns: Cloth pattern of each slot.
    """

    appearance: Appearance
    pose: Pose
    view: View
    light: float
    rng: Generator
    shapes: list[Shape] = field(default_factory=list)
    patterns: dict[str, Pattern] = field(default_factory=dict)
    bones: Bones = field(init=False)
    joints: dict[str, Points] = field(init=False)
    flat: dict[str, Points] = field(init=False)

    def __post_init__(self) -> None:
        self.bones = bones_of(self.appearance)
        self.joints = joints_of(self.bones, self.pose)
        stacked = np.stack(list(self.joints.values()))
        self.flat = dict(zip(self.joints, self.view.project(stacked), strict=True))

    def near(self, name: str) -> float:
        """Return how much nearer to the camera a joint is than the spine."""
        return float(self.view.nearness(self.joints[name]))

    def polygon(self, points: Points, paint: Paint, shade: float = 1.0) -> None:
        """Add a polygon in picture pixels."""
        coarse = labels.coarse_part(paint.label) if paint.coarse < 0 else paint.coarse
        self.shapes.append(
            Shape(
                points,
                paint.color,
                paint.label,
                coarse,
                paint.limb,
                paint.layer,
                paint.pattern,
                shade,
            )
        )

    def limb(
        self, start: Points, end: Points, radii: tuple[float, float], paint: Paint
    ) -> None:
        """Add a tapered limb with a shadow on the side away from the light.

        Args:
            start: ``(2,)`` picture point.
            end: ``(2,)`` picture point.
            radii: Radius at both ends, fractions of the stature.
            paint: Its paint.
        """
        first, last = (radius * self.view.scale for radius in radii)
        self.polygon(capsule(start, end, first, last), paint)
        along = end - start
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
        if across[0] * self.light > 0 or (abs(across[0]) < 0.2 and across[1] < 0):
            across = -across
        dark = capsule(
            start + 0.5 * first * across, end + 0.5 * last * across, first / 2, last / 2
        )
        self.polygon(dark, paint, shade=0.84)

    def blob(
        self, center: Points, radii: tuple[float, float], paint: Paint, shade: float = 1
    ) -> None:
        """Add an upright ellipse; radii are fractions of the stature."""
        width, height = (radius * self.view.scale for radius in radii)
        self.polygon(ellipse(center, width, height), paint, shade)

    def tube(self, rings: Sequence[Ring], yaw: float = 0.0) -> Tube:
        """Return the tube through elliptic rings.

        Args:
            rings: Cross-sections in order.
            yaw: Rotation relative to the body.

        Returns:
            Tube as the camera sees it.
        """
        centers = np.stack([ring.center for ring in rings])
        wide = np.array([ring.half_width for ring in rings])
        deep = np.array([ring.half_depth for ring in rings])
        turn = self.view.yaw + yaw
        half = np.hypot(wide * np.cos(turn), deep * np.sin(turn)) * self.view.scale
        return Tube(self.view.project(centers), half, turn)

    def cover(self, tube: Tube, paint: Paint, smooth: int = 2) -> None:
        """Add the outline of a tube with its shadow side."""
        self.polygon(round_off(tube.outline(-1.0, 1.0), smooth), paint)
        edges = (-1.0, -0.5) if self.light > 0 else (0.5, 1.0)
        self.polygon(round_off(tube.outline(*edges), smooth), paint, shade=0.86)
