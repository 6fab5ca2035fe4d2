import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmseg.registry import MODELS  # noqa: E402


def loss(**kwargs):
    return MODELS.build(dict(type="solider_mm.SoftTargetLoss", **kwargs))


def test_against_a_loop():
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
    ).sum() == 2  # ignore stays ignore, unlike docs/reference.md §H5


def test_nothing_valid():
    labels = torch.full((1, 2, 2), 255)
    result = loss()(
        torch.randn(1, 3, 2, 2), torch.randn(1, 3, 2, 2), labels, labels < 0, 1
    )
    assert result.item() == 0


def test_agreement_costs_nothing():
    """With equal logits and a label that is far away only the label's share remains."""
    logits = torch.randn(1, 4, 3, 3)
    labels = torch.zeros(1, 3, 3, dtype=torch.int64)
    costs = [
        loss()(logits, logits, labels, labels == 0, cycles).item()
        for cycles in (1, 5, 10**6)
    ]
    assert costs[0] > costs[1] > costs[2]
    assert costs[2] == pytest.approx(0, abs=1e-6)
