"""Training targets of the CSP detector, computed for a batch on its device."""

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["BatchBoxes", "CSPTargets", "csp_targets"]

_BOXES_PER_CHUNK = 64  # limits the memory of the Gaussian maps


class BatchBoxes(NamedTuple):
    """Boxes of a batch.

    Attributes:
        boxes: Corners x1, y1, x2, y2 in pixels of the network input, (N, 4).
        image: Index of each box's image in the batch, (N,) int64.
    """

    boxes: Tensor
    image: Tensor

    @classmethod
    def of(cls, boxes_per_image: list[Tensor]) -> "BatchBoxes":
        """Concatenate the boxes (N_i, 4) of all images."""
        boxes = torch.cat(boxes_per_image).float()
        counts = [len(boxes) for boxes in boxes_per_image]
        image = torch.arange(len(counts), device=boxes.device)
        repeats = torch.tensor(counts, device=boxes.device)
        return cls(boxes, image.repeat_interleave(repeats))


class CSPTargets(NamedTuple):
    """Target maps of a batch at the stride of the head.

    Attributes:
        centers: Cells that contain a box center, (B, h, w) bool.
        gaussian: Gaussian of the distance to the box center, in [0, 1], (B, h, w).
        valid: Cells that may be negatives, (B, h, w) bool: outside of all ignore boxes
            or inside a person's box.
        scale: ln height and ln width in cells, (B, 2, h, w); 0 outside `scale_cells`.
        scale_cells: Cells at most `radius` from a center, (B, h, w) bool.
        offset: (dy, dx) from the middle of the center's cell, in cells, (B, 2, h, w).
    """

    centers: Tensor
    gaussian: Tensor
    valid: Tensor
    scale: Tensor
    scale_cells: Tensor
    offset: Tensor


class _Cells(NamedTuple):
    """Half-open ranges of cells, each (N,)."""

    top: Tensor
    bottom: Tensor
    left: Tensor
    right: Tensor


@torch.no_grad()
def csp_targets(
    people: BatchBoxes,
    ignored: BatchBoxes,
    *,
    shape: tuple[int, int, int],
    stride: int,
    radius: int = 2,
) -> CSPTargets:
    """Compute the center, scale and offset targets of a batch.

    If several boxes claim a cell, the last one is assigned. Boxes without area and
    boxes whose center lies outside of the maps are skipped.

    Args:
        people: Boxes of people to detect.
        ignored: Boxes of ignore regions.
        shape: Size (B, h, w) of the maps.
        stride: Pixels per cell.
        radius: Distance in cells from a center within which the scale is learned.

    Returns:
        Target maps on the device of the boxes.

    Source:
        docs/reference.md §7.2. Unlike in the released code (docs/reference.md §D5),
        neighborhoods at the top and left border are kept (deviation 40).
    """
    boxes, image = _usable(people.boxes / stride, people.image, shape)
    sizes = boxes[:, [3, 2]] - boxes[:, [1, 0]]  # (N, 2) height, width
    middle = (boxes[:, [1, 0]] + boxes[:, [3, 2]]) / 2  # (N, 2) y, x
    cell = middle.floor().long()
    inner = _Cells(
        boxes[:, 1].ceil(), boxes[:, 3].floor(), boxes[:, 0].ceil(), boxes[:, 2].floor()
    )
    outside = ignored.boxes / stride
    outer = _Cells(
        outside[:, 1].floor(),
        outside[:, 3].ceil(),
        outside[:, 0].floor(),
        outside[:, 2].ceil(),
    )
    at_center = _owners(cell, image, shape, radius=0)
    near_center = _owners(cell, image, shape, radius=radius)
    return CSPTargets(
        centers=at_center > 0,
        gaussian=_gaussian_map(inner, image, shape),
        valid=_covered(inner, image, shape) | ~_covered(outer, ignored.image, shape),
        scale=_scatter(sizes.log(), near_center),
        scale_cells=near_center > 0,
        offset=_scatter(middle - cell - 0.5, at_center),
    )


def _usable(
    boxes: Tensor, image: Tensor, shape: tuple[int, int, int]
) -> tuple[Tensor, Tensor]:
    _, height, width = shape
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    good = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    good &= (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return boxes[good], image[good]


def _owners(
    cell: Tensor, image: Tensor, shape: tuple[int, int, int], radius: int
) -> Tensor:
    """Return the number of the last box, from 1, within `radius` of each cell."""
    batch, height, width = shape
    near = torch.arange(-radius, radius + 1, device=cell.device)
    y = (cell[:, 0, None] + near)[:, :, None]  # (N, R, 1)
    x = (cell[:, 1, None] + near)[:, None, :]  # (N, 1, R)
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)  # (N, R, R)
    index = (image[:, None, None] * height + y) * width + x
    number = torch.arange(1, len(cell) + 1, device=cell.device)[:, None, None]
    owner = torch.zeros(batch * height * width, dtype=torch.int64, device=cell.device)
    owner.scatter_reduce_(
        0,
        torch.where(inside, index, 0).flatten(),
        torch.where(inside, number, 0).flatten(),
        "amax",
    )
    return owner.view(shape)


def _scatter(values: Tensor, owner: Tensor) -> Tensor:
    """Write the values (N, 2) of the boxes to the cells they own, (B, 2, h, w)."""
    padded = torch.cat([values.new_zeros(1, 2), values])
    return padded[owner].permute(0, 3, 1, 2)


def _within(start: Tensor, stop: Tensor, length: int) -> Tensor:
    """Return the mask of the cells in each range, (N, length) bool."""
    cells = torch.arange(length, device=start.device)
    return (cells >= start[:, None]) & (cells < stop[:, None])


def _covered(cells: _Cells, image: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Return the mask of the cells in at least one range, (B, h, w) bool."""
    batch, height, width = shape
    rows = _within(cells.top, cells.bottom, height)  # (N, h)
    columns = _within(cells.left, cells.right, width)  # (N, w)
    own = image[:, None] == torch.arange(batch, device=image.device)  # (N, B)
    rows = (own[:, :, None] & rows[:, None, :]).flatten(1)  # (N, B·h)
    # A matrix product of zeros and ones counts the boxes that cover a cell.
    return (rows.float().T @ columns.float() > 0).view(shape)


def _gaussian_1d(start: Tensor, stop: Tensor, length: int) -> Tensor:
    """Compute the Gaussian over each range, 0 outside of it, (N, length)."""
    size = (stop - start)[:, None]
    peak = start[:, None] + (size / 2).floor()
    sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8
    cells = torch.arange(length, device=start.device)
    values = torch.exp(-(cells - peak).square() / (2 * sigma.square()))
    return torch.where(_within(start, stop, length), values, 0)


def _gaussian_map(cells: _Cells, image: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Compute the maximum of the Gaussians of all boxes, (B, h, w)."""
    _, height, width = shape
    rows = _gaussian_1d(cells.top, cells.bottom, height)  # (N, h)
    columns = _gaussian_1d(cells.left, cells.right, width)  # (N, w)
    gaussian = rows.new_zeros(shape)
    for chunk in torch.arange(len(rows), device=rows.device).split(_BOXES_PER_CHUNK):
        values = rows[chunk, :, None] * columns[chunk, None, :]  # (n, h, w)
        index = image[chunk, None, None].expand_as(values)
        gaussian.scatter_reduce_(0, index, values, "amax")
    return gaussian
