"""A posed figure: shapes are collected here, limb by limb, and painted at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from solider_mm.synthetic.figure import labels
from solider_mm.synthetic.figure.appearance import Appearance
from solider_mm.synthetic.figure.skeleton import Bones, Pose, View, bones_of, joints_of
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
    """What a shape looks like and what it is.

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
        look: Who it is.
        pose: Joint angles.
        view: How the camera sees it.
        light: Side the light comes from in the picture, -1 left to 1 right.
        rng: Generator for small things (folds, logos), used in a fixed order.
        shapes: Everything drawn so far.
        patterns: Cloth pattern of each slot.
    """

    look: Appearance
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
        self.bones = bones_of(self.look)
        self.joints = joints_of(self.bones, self.pose)
        stacked = np.stack(list(self.joints.values()))
        self.flat = dict(zip(self.joints, self.view.project(stacked), strict=True))

    def near(self, name: str) -> float:
        """Give how far a joint lies toward the camera, from the spine."""
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

    def tube(self, rings: list[tuple[Points, float, float]], yaw: float = 0.0) -> Tube:
        """Make a body of elliptic rings.

        Args:
            rings: Center ``(3,)``, half width and half depth of each ring.
            yaw: Turn relative to the body.

        Returns:
            The tube.
        """
        centers = np.stack([center for center, _, _ in rings])
        wide = np.array([width for _, width, _ in rings])
        deep = np.array([depth for _, _, depth in rings])
        turn = self.view.yaw + yaw
        half = np.hypot(wide * np.cos(turn), deep * np.sin(turn)) * self.view.scale
        return Tube(self.view.project(centers), half, turn)

    def cover(self, tube: Tube, paint: Paint, smooth: int = 2) -> None:
        """Add the outline of a tube with its shadow side."""
        self.polygon(round_off(tube.outline(-1.0, 1.0), smooth), paint)
        edges = (-1.0, -0.5) if self.light > 0 else (0.5, 1.0)
        self.polygon(round_off(tube.outline(*edges), smooth), paint, shade=0.86)


@dataclass
class Tube:
    """A body of rings as the camera sees it.

    Attributes:
        centers: ``(N, 2)`` ring centers in the picture.
        half: ``(N,)`` half widths in picture pixels.
        yaw: Direction of its front.
    """

    centers: Points
    half: Points
    yaw: float

    def outline(self, left: float, right: float) -> Points:
        """Outline the strip between two fractions of the half width, ``(2N, 2)``."""
        shift = np.stack([self.half, np.zeros_like(self.half)], axis=1)
        return np.concatenate(
            [self.centers + left * shift, (self.centers + right * shift)[::-1]]
        )

    def patch(
        self, azimuth: float, offsets: list[float], heights: list[float]
    ) -> Points | None:
        """Outline a patch on the surface, cut off where the surface turns away.

        Args:
            azimuth: Center of the patch; 0 is the front, positive to the left side.
            offsets: Azimuth of each corner relative to the center.
            heights: Ring position of each corner, 0 first ring to 1 last ring.

        Returns:
            ``(N, 2)`` corners, or ``None`` when (almost) nothing of it is seen.
        """
        middle = (azimuth + self.yaw + np.pi) % (2 * np.pi) - np.pi
        angles = np.clip(middle + np.array(offsets), -np.pi / 2, np.pi / 2)
        if float(np.ptp(angles)) < 0.02:
            return None
        place = np.array(heights) * (len(self.half) - 1)
        steps = np.arange(len(self.half))
        x = np.interp(place, steps, self.centers[:, 0])
        y = np.interp(place, steps, self.centers[:, 1])
        half = np.interp(place, steps, self.half)
        return np.stack([x + half * np.sin(angles), y], axis=1)
