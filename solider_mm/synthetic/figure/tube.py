"""Tubes through elliptic rings: trunk, skirt, head and boxes of a figure."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from solider_mm.synthetic.rasterize import Points


class Ring(NamedTuple):
    """An elliptic cross-section of a tube.

    Attributes:
        center: (3,) point in the body frame.
        half_width: Half width, a fraction of the stature.
        half_depth: Half depth, a fraction of the stature.
    """

    center: Points
    half_width: float
    half_depth: float


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
