import math

import pytest
import torch
import torch.nn.functional as F

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream.pedestrian_detection.csp_losses import (  # noqa: E402
    center_loss,
    offset_loss,
    scale_loss,
)
from solider_mm.downstream.pedestrian_detection.csp_targets import (  # noqa: E402
    BatchBoxes,
    csp_targets,
)


def make_targets(boxes=((12, 8, 36, 48), (40, 20, 60, 64)), shape=(2, 16, 24)):
    people = BatchBoxes.of(
        [torch.tensor(boxes).float().view(-1, 4), torch.tensor([[0.0, 0, 20, 50]])]
    )
    ignored = BatchBoxes.of([torch.tensor([[60.0, 0, 96, 30]]), torch.zeros(0, 4)])
    return csp_targets(people, ignored, shape=shape, stride=4)


def cells(targets):
    batch, height, width = targets.centers.shape
    return [
        (b, y, x) for b in range(batch) for y in range(height) for x in range(width)
    ]


def loop_center(logits, targets):
    total, centers = logits.new_zeros(()), 0
    for b, y, x in cells(targets):
        score = 1 / (1 + torch.exp(-logits[b, 0, y, x]))
        if targets.centers[b, y, x]:
            centers += 1
            total = total - (1 - score) ** 2 * torch.log(score)
        elif targets.valid[b, y, x]:
            weight = (1 - targets.gaussian[b, y, x]) ** 4 * score**2
            total = total - weight * torch.log(1 - score)
    return total / max(centers, 1)


def loop_scale(scale, targets):
    total, count = scale.new_zeros(()), 0
    for b, y, x in cells(targets):
        if targets.scale_cells[b, y, x]:
            count += 1
            for axis in range(2):
                ratio = scale[b, axis, y, x] / targets.scale[b, axis, y, x]
                total = total + F.smooth_l1_loss(ratio, torch.ones_like(ratio))
    return total / max(2 * count, 1)


def loop_offset(offset, targets):
    total, count = offset.new_zeros(()), 0
    for b, y, x in cells(targets):
        if targets.centers[b, y, x]:
            count += 1
            for axis in range(2):
                true = targets.offset[b, axis, y, x]
                total = total + F.smooth_l1_loss(offset[b, axis, y, x], true)
    return total / max(count, 1)


@pytest.mark.parametrize(
    ("ours", "loop", "channels"),
    [
        (center_loss, loop_center, 1),
        (scale_loss, loop_scale, 2),
        (offset_loss, loop_offset, 2),
    ],
)
def test_values_and_gradients_match_a_loop(ours, loop, channels):
    targets = make_targets()
    prediction = (torch.randn(2, channels, 16, 24) * 2).requires_grad_()
    literal = prediction.detach().clone().requires_grad_()
    value, expected = ours(prediction, targets), loop(literal, targets)
    torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-6)
    value.backward()
    expected.backward()
    assert literal.grad.abs().sum() > 0
    torch.testing.assert_close(prediction.grad, literal.grad, rtol=1e-4, atol=1e-6)


def test_gradients_match_finite_differences():
    """Including the focal weights."""
    targets = make_targets(shape=(2, 4, 4), boxes=((2, 2, 12, 14), (1, 0, 9, 9)))
    for loss, channels in ((center_loss, 1), (scale_loss, 2), (offset_loss, 2)):
        prediction = torch.randn(2, channels, 4, 4).double().requires_grad_()
        assert torch.autograd.gradcheck(
            lambda x, loss=loss: loss(x, targets),
            prediction,
            eps=1e-2,
            atol=2e-3,
            rtol=2e-2,
        )


def test_gradients_without_people_are_zero():
    no_people = csp_targets(
        BatchBoxes.of([torch.zeros(0, 4)]),
        BatchBoxes.of([torch.zeros(0, 4)]),
        shape=(1, 6, 6),
        stride=4,
    )
    for loss in (scale_loss, offset_loss):
        prediction = torch.randn(1, 2, 6, 6, requires_grad=True)
        value = loss(prediction, no_people)
        value.backward()
        assert value == 0
        assert torch.equal(prediction.grad, torch.zeros_like(prediction))
    logits = torch.randn(1, 1, 6, 6, requires_grad=True)
    value = center_loss(logits, no_people)
    value.backward()
    assert value > 0
    assert (logits.grad > 0).all()


def test_extreme_logits_stay_finite():
    targets = make_targets()
    for size in (-200.0, 200.0):
        logits = torch.full((2, 1, 16, 24), size, requires_grad=True)
        center_loss(logits, targets).backward()
        assert torch.isfinite(logits.grad).all()


def test_person_of_one_cell_has_a_finite_loss():
    targets = make_targets(boxes=((8, 8, 12, 12),))
    scale = torch.zeros(2, 2, 16, 24, requires_grad=True)
    value = scale_loss(scale, targets)
    value.backward()
    assert math.isfinite(value.item())
    assert scale.grad.abs().max() < 10


def test_losses_of_half_precision_maps_are_single_precision():
    targets = make_targets()
    scale = torch.randn(2, 2, 16, 24).bfloat16()
    assert scale_loss(scale, targets).dtype == torch.float32
