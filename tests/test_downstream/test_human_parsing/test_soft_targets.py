import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmseg.registry import MODELS  # noqa: E402
from mmseg.structures import SegDataSample  # noqa: E402

from solider_mm.downstream.human_parsing.soft_targets import (  # noqa: E402
    SoftTargets,
    attach_soft_targets,
    soft_targets,
)


def loss(**kwargs):
    return MODELS.build(dict(type="solider_mm.SoftTargetLoss", **kwargs))


def test_matches_a_loop_over_pixels():
    logits, soft = torch.randn(2, 2, 5, 3, 4).double()
    labels = torch.randint(0, 5, (2, 3, 4))
    labels[0, 0] = 255
    valid = labels != 255
    cycles, terms = 3, []
    for b, y, x in valid.nonzero().tolist():
        hard = torch.zeros(5).double()
        hard[labels[b, y, x]] = 1
        target = (0.75 * soft[b, :, y, x] + 0.25 * hard).softmax(0)
        own = logits[b, :, y, x].softmax(0)
        terms.append((target * (target / own).log()).sum())
    expected = torch.stack(terms).mean()
    result = loss(loss_weight=2.0)(logits, soft, labels, valid, cycles)
    assert result.item() == pytest.approx(2 * expected.item(), abs=1e-12)


def test_ignored_pixels_have_no_gradient():
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    labels = torch.tensor([[[0, 255], [1, 255]]])
    result = loss()(logits, torch.randn(1, 3, 2, 2), labels, labels != 255, 1)
    result.backward()
    assert torch.equal(logits.grad[..., 1], torch.zeros(1, 3, 2))
    assert logits.grad[..., 0].abs().min() > 0
    assert (
        labels == 255
    ).sum() == 2  # labels are not overwritten, unlike docs/reference.md §H5


def test_without_valid_pixels_the_loss_is_zero():
    labels = torch.full((1, 2, 2), 255)
    result = loss()(
        torch.randn(1, 3, 2, 2), torch.randn(1, 3, 2, 2), labels, labels < 0, 1
    )
    assert result.item() == 0


def test_label_weight_falls_with_the_number_of_cycles():
    """With equal logits only the label's share of the target contributes."""
    logits = torch.randn(1, 4, 3, 3)
    labels = torch.zeros(1, 3, 3, dtype=torch.int64)
    costs = [
        loss()(logits, logits, labels, labels == 0, cycles).item()
        for cycles in (1, 5, 10**6)
    ]
    assert costs[0] > costs[1] > costs[2]
    assert costs[2] == pytest.approx(0, abs=1e-6)


def test_soft_targets_are_stored_in_the_samples():
    batch = [SegDataSample(), SegDataSample()]
    assert soft_targets(batch) is None
    soft = SoftTargets(torch.randn(2, 3, 2, 2), torch.randn(2, 2, 2, 2), 3)
    attach_soft_targets(batch, soft)
    collected = soft_targets(batch)
    assert torch.equal(collected.parsing, soft.parsing)
    assert torch.equal(collected.edge, soft.edge)
    assert collected.finished_cycles == 3
