"""The triplet loss against the reference, a loop, and by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from solider_mm.downstream.reid.losses import ReIDTripletLoss, hardest_distances
from solider_mm.registry import MODELS

VARIANTS = [
    pytest.param(name, margin, normalize, id=name)
    for name, margin, normalize in (
        ("soft_raw", None, False),
        ("soft_norm", None, True),
        ("m03_raw", 0.3, False),
        ("m03_norm", 0.3, True),
    )
]


@pytest.mark.parametrize(("name", "margin", "normalize"), VARIANTS)
def test_matches_official_loss(
    golden_dir: Path, name: str, margin: float | None, normalize: bool
) -> None:
    """In float64 the rounding left over is that of the float32 reference.

    Its gradients are compared to 1e-6 of their largest entry.
    """
    golden = np.load(golden_dir / "reid_losses.npz")
    features = torch.from_numpy(golden["feat"]).double().requires_grad_()
    labels = torch.from_numpy(golden["label"])
    loss = ReIDTripletLoss(margin=margin, normalize=normalize)(features, labels)
    loss.backward()
    np.testing.assert_allclose(loss.item(), golden[f"triplet_{name}_loss"], rtol=1e-6)
    gradient = golden[f"triplet_{name}_grad"]
    error = np.abs(features.grad.numpy() - gradient).max()
    assert error <= 1e-6 * np.abs(gradient).max()


@pytest.mark.parametrize(("name", "margin", "normalize"), VARIANTS)
def test_mining_matches_official_code(
    golden_dir: Path, name: str, margin: float | None, normalize: bool
) -> None:
    golden = np.load(golden_dir / "reid_losses.npz")
    features = torch.from_numpy(golden["feat"]).double()
    if normalize:
        features = torch.nn.functional.normalize(features)
    found = hardest_distances(features, torch.from_numpy(golden["label"]))
    for ours, kind in zip(found, ("ap", "an"), strict=True):
        np.testing.assert_allclose(ours, golden[f"triplet_{name}_dist_{kind}"], 1e-6)


def test_matches_naive_loop_with_unequal_counts() -> None:
    features = torch.randn(9, 5, dtype=torch.float64)
    labels = torch.tensor([0, 0, 1, 2, 2, 2, 2, 3, 3])
    expected = []
    for anchor, identity in zip(features, labels, strict=True):
        distance = (features - anchor).square().sum(1).clamp(min=1e-12).sqrt()
        positive = max(distance[labels == identity])
        negative = min(distance[labels != identity])
        expected.append(math.log1p(math.exp(positive - negative)))
    loss = ReIDTripletLoss()(features, labels)
    assert loss.item() == pytest.approx(np.mean(expected), rel=1e-12)


def test_loss_of_hand_computed_example() -> None:
    """Points 0 and 1 of one identity, 3 of another, on a line."""
    features = torch.tensor([[0.0], [1.0], [3.0]])
    labels = torch.tensor([0, 0, 1])
    excess = [1 - 3, 1 - 2, 1e-6 - 2]  # the last anchor is alone
    soft = sum(math.log1p(math.exp(e)) for e in excess) / 3
    assert ReIDTripletLoss()(features, labels).item() == pytest.approx(soft)
    hinge = ReIDTripletLoss(margin=1.5, loss_weight=2.0)(features, labels)
    assert hinge.item() == pytest.approx(2 * (0 + 0.5 + 0) / 3)


def gradient_of(features: Tensor, labels: Tensor, margin: float | None) -> Tensor:
    features = features.clone().requires_grad_()
    ReIDTripletLoss(margin=margin)(features, labels).backward()
    assert features.grad is not None
    return features.grad


@pytest.mark.parametrize("margin", [None, 0.3])
def test_gradients_stay_finite(margin: float | None) -> None:
    one_identity = gradient_of(torch.randn(4, 3), torch.zeros(4).long(), margin)
    assert not one_identity.any()
    equal = torch.ones(4, 3)
    assert gradient_of(equal, torch.tensor([0, 0, 1, 1]), margin).isfinite().all()
    everyone_alone = gradient_of(1e3 * torch.randn(4, 3), torch.arange(4), margin)
    assert everyone_alone.isfinite().all()
    far = torch.tensor([[0.0], [1e4], [1.0], [2.0]])
    assert gradient_of(far, torch.tensor([0, 0, 1, 1]), margin).isfinite().all()


def test_full_precision_under_autocast() -> None:
    """docs/reference.md §R7: at norm 23, half precision would be off by whole units."""
    features = torch.nn.functional.normalize(torch.randn(8, 64)) * 23
    labels = torch.arange(4).repeat_interleave(2)
    exact = ReIDTripletLoss()(features, labels)
    with torch.autocast("cpu", torch.bfloat16):
        loss = ReIDTripletLoss()(features, labels)
    assert loss.dtype == torch.float32
    assert loss.item() == exact.item()
    rounded = features.bfloat16()
    loss = ReIDTripletLoss()(rounded, labels)
    assert loss.item() == ReIDTripletLoss()(rounded.float(), labels).item()


def test_refuses_invalid_input() -> None:
    with pytest.raises(ValueError, match=r"margin=-0\.1: expected"):
        MODELS.build(dict(type="solider_mm.ReIDTripletLoss", margin=-0.1))
    with pytest.raises(ValueError, match="one label per feature"):
        ReIDTripletLoss()(torch.zeros(4, 3), torch.zeros(3).long())
