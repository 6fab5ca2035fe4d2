import math

import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream.pedestrian_detection.csp_targets import (  # noqa: E402
    BatchBoxes,
    csp_targets,
)

STRIDE = 4


def batch(*boxes_per_image):
    return BatchBoxes.of([torch.tensor(b).float().view(-1, 4) for b in boxes_per_image])


def targets(people, ignored=None, size=(16, 24), radius=2):
    ignored = [[] for _ in people] if ignored is None else ignored
    return csp_targets(
        batch(*people),
        batch(*ignored),
        shape=(len(people), *size),
        stride=STRIDE,
        radius=radius,
    )


def bell(cell, start, stop):
    size = stop - start
    sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8
    return math.exp(-((cell - start - size // 2) ** 2) / (2 * sigma**2))


def around(cell, radius, length):
    return range(max(cell - radius, 0), min(cell + radius + 1, length))


def loop_valid(people, ignored, size):
    valid = torch.ones(size)
    for x1, y1, x2, y2 in ignored:
        for y in range(int(y1 // STRIDE), math.ceil(y2 / STRIDE)):
            for x in range(int(x1 // STRIDE), math.ceil(x2 / STRIDE)):
                valid[y, x] = 0
    for x1, y1, x2, y2 in people:
        for y in range(math.ceil(y1 / STRIDE), int(y2 // STRIDE)):
            for x in range(math.ceil(x1 / STRIDE), int(x2 // STRIDE)):
                valid[y, x] = 1
    return valid


def loop_gaussian(people, size):
    gaussian = torch.zeros(size)
    for box in people:
        x1, y1, x2, y2 = (side / STRIDE for side in box)
        rows = range(math.ceil(y1), math.floor(y2))
        columns = range(math.ceil(x1), math.floor(x2))
        for y in rows:
            for x in columns:
                value = bell(y, rows.start, rows.stop)
                value *= bell(x, columns.start, columns.stop)
                gaussian[y, x] = max(gaussian[y, x], value)
    return gaussian


def loop(people, ignored, size, radius=2):
    """All maps computed cell by cell (docs/reference.md §7.2)."""
    height, width = size
    centers, scale_cells = torch.zeros(size), torch.zeros(size)
    scale, offset = torch.zeros(2, *size), torch.zeros(2, *size)
    for box in people:
        x1, y1, x2, y2 = (side / STRIDE for side in box)
        cy, cx = int((y1 + y2) / 2), int((x1 + x2) / 2)
        for y in around(cy, radius, height):
            for x in around(cx, radius, width):
                scale_cells[y, x] = 1
                scale[:, y, x] = torch.tensor([math.log(y2 - y1), math.log(x2 - x1)])
        centers[cy, cx] = 1
        offset[:, cy, cx] = torch.tensor(
            [(y1 + y2) / 2 - cy - 0.5, (x1 + x2) / 2 - cx - 0.5]
        )
    return (
        centers,
        loop_gaussian(people, size),
        loop_valid(people, ignored, size),
        scale,
        scale_cells,
        offset,
    )


def random_boxes(count, generator, size=(16, 24)):
    high = torch.tensor([size[1], size[0]]).repeat(2) * STRIDE
    corners = torch.rand(count, 4, generator=generator) * high
    first, second = corners[:, :2], corners[:, 2:]
    boxes = torch.cat([torch.minimum(first, second), torch.maximum(first, second)], 1)
    boxes[:, 2:] += 2.0
    boxes[:, 2:] = boxes[:, 2:].minimum(high[:2].float())
    return boxes.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_matches_a_loop_over_cells(seed):
    generator = torch.Generator().manual_seed(seed)
    people = [random_boxes(n, generator) for n in (7, 0, 1)]
    ignored = [random_boxes(n, generator) for n in (2, 1, 0)]
    got = targets(people, ignored)
    for image in range(3):
        expected = loop(people[image], ignored[image], (16, 24))
        for name, ours, theirs in zip(got._fields, got, expected, strict=True):
            torch.testing.assert_close(
                ours[image].float(), theirs, atol=2e-6, rtol=0, msg=name
            )


def test_one_box_by_hand():
    # 40 × 24 px at (y 8, x 12): 10 × 6 cells from (2, 3), center (28, 24) px.
    got = targets([[[12, 8, 36, 48]]])
    assert got.centers.nonzero().tolist() == [[0, 7, 6]]
    assert got.offset[0, :, 7, 6].tolist() == [-0.5, -0.5]
    assert got.scale[0, :, 5, 8].tolist() == pytest.approx([math.log(10), math.log(6)])
    assert got.scale_cells.sum() == 25
    assert got.gaussian[0, 7, 6] == 1
    assert (got.gaussian > 0).sum() == 60
    sigma = 0.3 * ((10 - 1) / 2 - 1) + 0.8
    assert got.gaussian[0, 5, 6].item() == pytest.approx(math.exp(-2 / sigma**2))


def test_neighborhoods_at_the_border_are_clipped():
    got = targets([[[0, 0, 8, 8], [88, 56, 96, 64]]])
    assert got.scale_cells[0, :4, :4].all()
    assert got.scale_cells[0, 13:, 21:].all()
    assert got.scale_cells.sum() == 16 + 9


def test_person_inside_an_ignore_region_is_valid():
    got = targets([[[16, 16, 32, 40]]], [[[0, 0, 96, 64]]])
    assert got.valid.sum() == 4 * 6
    assert got.valid[0, 4:10, 4:8].all()


def test_last_box_owns_contested_cells():
    got = targets([[[0, 0, 40, 40], [4, 4, 36, 36]]])
    assert got.centers.sum() == 1
    assert got.scale[0, 0, 5, 5].item() == pytest.approx(math.log(8))


@pytest.mark.parametrize(
    "box",
    [
        (10, 10, 10, 30),
        (10, 10, 30, 10),
        (30, 30, 10, 10),
        (-50, 10, -10, 40),
        (200, 10, 240, 40),
        (10, 70, 20, 99),
    ],
)
def test_boxes_without_area_or_outside_are_skipped(box):
    got = targets([[box], [[12, 8, 36, 48]]])
    assert not got.centers[0].any()
    assert not got.scale_cells[0].any()
    assert not got.gaussian[0].any()
    assert got.valid[0].all()
    assert got.centers[1].sum() == 1


def test_box_smaller_than_a_cell_has_a_center():
    got = targets([[[13, 9, 15, 11]]])
    assert got.centers.nonzero().tolist() == [[0, 2, 3]]
    assert not got.gaussian.any()


def test_box_partly_outside_is_clipped_to_the_map():
    got = targets([[[-20, -20, 30, 60]]])
    assert got.centers.nonzero().tolist() == [[0, 5, 1]]
    assert torch.isfinite(got.gaussian).all()


def test_batch_without_people():
    got = targets([[], []])
    assert got.valid.all()
    assert not got.centers.any()
    assert got.gaussian.dtype == torch.float32


def test_many_boxes_are_processed_in_chunks():
    generator = torch.Generator().manual_seed(0)
    people = random_boxes(150, generator)
    got = targets([people])
    torch.testing.assert_close(
        got.gaussian[0], loop_gaussian(people, (16, 24)), atol=2e-6, rtol=0
    )


@pytest.mark.gpu
def test_targets_stay_on_the_device():
    boxes = BatchBoxes.of([torch.tensor([[12.0, 8, 36, 48]], device="cuda")])
    got = csp_targets(boxes, boxes, shape=(1, 16, 24), stride=4)
    assert all(each.is_cuda for each in got)
