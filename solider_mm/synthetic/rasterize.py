"""Rasterization through one index map, from which image and labels are looked up.

Every shape of a figure is filled into a single-channel map with its own number.
Image, part labels, coarse parts and limbs are then look-ups in the same map, so that
image and ground truth cannot disagree.
"""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Color = tuple[float, float, float]

_SHIFT = 4  # binary digits of sub-pixel precision in cv2's polygons
_TURN = np.linspace(-np.pi / 2, np.pi / 2, 7)
_CAP = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
_RING = np.linspace(0, 2 * np.pi, 20, endpoint=False)


@dataclass
class Shape:
    """A filled polygon with its labels.

    Attributes:
        points: ``(N, 2)`` x, y in picture pixels.
        color: RGB, 0…255.
        label: LIP label.
        coarse: Coarse part (0…3).
        limb: Component (`labels.HEAD` …).
        layer: Painting order, small first.
        pattern: Name of the cloth pattern slot (``''``, ``'upper'``, ``'lower'``).
        shade: Brightness factor, below 1 on the side away from the light.
    """

    points: Points
    color: Color
    label: int
    coarse: int
    limb: int
    layer: float
    pattern: str = ""
    shade: float = 1.0


@dataclass
class Pattern:
    """A cloth pattern: pixels of a slot that take a second color.

    Attributes:
        kind: ``'plain'``, ``'stripes'``, ``'columns'``, ``'plaid'``, ``'dots'`` or
            ``'splice'``.
        color: Second color, RGB 0…255.
        period: Repeat in picture pixels.
        anchor: x, y in picture pixels that the pattern is fixed to.
    """

    kind: str
    color: Color
    period: float
    anchor: tuple[float, float]

    def covers(self, xs: Points, ys: Points) -> NDArray[np.bool_]:
        """Return which points take the second color.

        Args:
            xs: x in picture pixels, broadcastable.
            ys: y in picture pixels, broadcastable.

        Returns:
            Boolean map of the broadcast shape.
        """
        u = (xs - self.anchor[0]) / self.period
        v = (ys - self.anchor[1]) / self.period
        if self.kind == "stripes":
            return np.broadcast_to(v % 1 < 0.45, np.broadcast(u, v).shape)
        if self.kind == "columns":
            return np.broadcast_to(u % 1 < 0.4, np.broadcast(u, v).shape)
        if self.kind == "plaid":
            return (u % 1 < 0.35) ^ (v % 1 < 0.35)
        if self.kind == "dots":
            return (u % 1 - 0.5) ** 2 + (v % 1 - 0.5) ** 2 < 0.09
        if self.kind == "splice":
            return np.broadcast_to(v > 0, np.broadcast(u, v).shape)
        return np.zeros(np.broadcast(u, v).shape, dtype=np.bool_)


@dataclass
class Sprite:
    """A rendered figure with transparency.

    Attributes:
        rgb: ``(H, W, 3)`` float32, premultiplied by `alpha`.
        alpha: ``(H, W)`` float32 in [0, 1].
        parts: ``(H, W)`` uint8 LIP labels.
        coarse: ``(H, W)`` uint8 coarse parts.
        limbs: ``(H, W)`` uint8 components.
    """

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32]
    parts: NDArray[np.uint8]
    coarse: NDArray[np.uint8]
    limbs: NDArray[np.uint8]


@dataclass
class Palette:
    """Color and labels of each number in the index map."""

    colors: list[Color] = field(default_factory=lambda: [(0.0, 0.0, 0.0)])
    labels: list[int] = field(default_factory=lambda: [0])
    coarse: list[int] = field(default_factory=lambda: [0])
    limbs: list[int] = field(default_factory=lambda: [0])

    def add(self, shape: Shape, color: Color) -> int:
        """Register a color of a shape and return its number."""
        number = len(self.colors)
        if number > 255:
            raise ValueError(
                "a figure has more than 255 shapes and pattern colors: expected at "
                "most 255; render it as two sprites."
            )
        red, green, blue = (channel * shape.shade for channel in color)
        self.colors.append((red, green, blue))
        self.labels.append(shape.label)
        self.coarse.append(shape.coarse)
        self.limbs.append(shape.limb)
        return number


def solid(color: Color) -> NDArray[np.float32]:
    """Return a color as (3,) float32."""
    return np.array(color, dtype=np.float32)


def round_off(points: Points, rounds: int = 2) -> Points:
    """Cut the corners of a closed polygon (Chaikin), ``(N, 2)`` to ``(2ʳN, 2)``."""
    for _ in range(rounds):
        after = np.concatenate([points[1:], points[:1]])
        cut = np.empty((2 * len(points), 2))
        cut[0::2] = 0.75 * points + 0.25 * after
        cut[1::2] = 0.25 * points + 0.75 * after
        points = cut
    return points


def capsule(start: Points, end: Points, radius: float, end_radius: float) -> Points:
    """Outline a tapered limb: two half discs joined by straight sides.

    Args:
        start: ``(2,)`` center of the first disc.
        end: ``(2,)`` center of the second disc.
        radius: Radius at the start.
        end_radius: Radius at the end.

    Returns:
        ``(14, 2)`` closed outline.
    """
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    cos, sin = math.cos(angle), math.sin(angle)
    cap = _CAP @ np.array([[cos, sin], [-sin, cos]])
    return np.concatenate([end + end_radius * cap, start - radius * cap])


def ellipse(center: Points, half_width: float, half_height: float) -> Points:
    """Outline an upright ellipse, ``(20, 2)``."""
    ring = np.stack([half_width * np.cos(_RING), half_height * np.sin(_RING)], axis=1)
    return center + ring


def paint(
    shapes: list[Shape],
    patterns: dict[str, Pattern],
    size: tuple[int, int],
    oversample: int = 3,
) -> Sprite:
    """Fill shapes in the order of their layers and look up image and labels.

    Args:
        shapes: Shapes in picture pixels.
        patterns: Cloth pattern of each slot.
        size: (H, W) of the canvas.
        oversample: Sub-pixels per pixel and axis.

    Returns:
        The sprite of that size.
    """
    height, width = size
    index_map = np.zeros((height * oversample, width * oversample), dtype=np.uint8)
    palette = Palette()
    slots: dict[str, dict[int, int]] = {name: {} for name in patterns}
    for shape in sorted(shapes, key=lambda one: one.layer):
        number = palette.add(shape, shape.color)
        fine = np.rint((shape.points * oversample - 0.5) * (1 << _SHIFT))
        cv2.fillPoly(
            index_map,
            [fine.astype(np.int32)],
            number,
            lineType=cv2.LINE_8,
            shift=_SHIFT,
        )
        if shape.pattern in slots:
            second = patterns[shape.pattern].color
            slots[shape.pattern][number] = palette.add(shape, second)
    for name, numbers in slots.items():
        _apply_pattern(index_map, patterns[name], numbers, oversample)
    return _look_up(index_map, palette, oversample)


def _apply_pattern(
    index_map: NDArray[np.uint8],
    pattern: Pattern,
    numbers: dict[int, int],
    oversample: int,
) -> None:
    """Renumber the pixels that take the second color, in place."""
    if pattern.kind == "plain" or not numbers:
        return
    second = np.arange(256, dtype=np.uint8)
    second[list(numbers)] = list(numbers.values())
    ys = (np.arange(index_map.shape[0])[:, None] + 0.5) / oversample
    xs = (np.arange(index_map.shape[1])[None] + 0.5) / oversample
    covered = pattern.covers(xs, ys)
    np.copyto(index_map, cv2.LUT(index_map, second), where=covered)


def _look_up(index_map: NDArray[np.uint8], palette: Palette, oversample: int) -> Sprite:
    """Look up premultiplied colors, coverage and label maps."""
    height, width = index_map.shape[0] // oversample, index_map.shape[1] // oversample
    colors = np.clip(np.array(palette.colors, dtype=np.float32), 0, 255)
    table = np.zeros((256, 1, 3), dtype=np.uint8)
    table[: len(colors), 0] = colors
    fine = cv2.LUT(cv2.cvtColor(index_map, cv2.COLOR_GRAY2RGB), table)
    rgb = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    solid = cv2.threshold(index_map, 0, 255, cv2.THRESH_BINARY)[1]
    alpha = cv2.resize(solid, (width, height), interpolation=cv2.INTER_AREA)
    middle = index_map[oversample // 2 :: oversample, oversample // 2 :: oversample]
    return Sprite(
        rgb=rgb.astype(np.float32),
        alpha=(alpha * np.float32(1 / 255)).astype(np.float32),
        parts=np.array(palette.labels, dtype=np.uint8)[middle],
        coarse=np.array(palette.coarse, dtype=np.uint8)[middle],
        limbs=np.array(palette.limbs, dtype=np.uint8)[middle],
    )
