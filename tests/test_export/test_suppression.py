"""Suppression of a batch against a loop over its images."""

import torch
from torchvision.ops import box_iou

from solider_mm.export.detection_graph import best_rows, clip_boxes, row_differences
from solider_mm.export.suppression import keep_mask


def some_boxes() -> tuple[torch.Tensor, torch.Tensor]:
    corners = 60 * torch.rand(3, 40, 2)
    boxes = torch.cat((corners, corners + 5 + 20 * torch.rand(3, 40, 2)), -1)
    return boxes, torch.rand(3, 40)


def test_keeps_what_a_naive_loop_keeps():
    boxes, scores = some_boxes()
    mask = keep_mask(boxes, scores, 0.4, 0.3)
    for box, score, found in zip(boxes, scores, mask, strict=True):
        kept: list[int] = []
        for i in score.argsort(descending=True).tolist():
            near = [j for j in kept if box_iou(box[[i]], box[[j]]).item() > 0.4]
            if score[i] > 0.3 and not near:
                kept.append(i)
        assert found.nonzero()[:, 0].tolist() == sorted(kept)


def test_best_rows_are_filled_with_zeros():
    boxes, scores = some_boxes()
    best, rows = best_rows(scores[:, :2], boxes[:, :2], 4)
    assert (best[:, 2:] == 0).all()
    assert (rows[:, 2:] == 0).all()
    assert torch.equal(best[:, 0], scores[:, :2].amax(1))


def test_boxes_are_clipped_to_the_image():
    box = torch.tensor([[[-3.0, 2.0, 90.0, 99.0]]])
    assert clip_boxes(box, (50, 40)).tolist() == [[[0.0, 2.0, 40.0, 50.0]]]


def test_order_of_rows_does_not_count():
    boxes, scores = some_boxes()
    expected = {"boxes": boxes, "scores": scores}
    order = torch.randperm(40)
    found = {"boxes": boxes[:, order], "scores": scores[:, order]}
    assert row_differences(found, expected)["rows"] == 0
    moved = {"boxes": boxes + 8.0, "scores": scores}
    apart = row_differences(moved, expected)["rows"]
    assert 0 < apart < 8.001 / boxes.max()
    missing = {"boxes": boxes[:, :3], "scores": scores[:, :3]}
    assert row_differences(missing, expected)["rows"] == float("inf")
