"""The BNNeck head: golden totals, what is frozen, what the test compares."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from solider_mm.downstream.reid import ReIDHead
from solider_mm.registry import MODELS

PLAIN = dict(type="mmpretrain.CrossEntropyLoss")
SMOOTH = dict(type="mmpretrain.LabelSmoothLoss", label_smooth_val=0.1)
SOFT = dict(type="solider_mm.ReIDTripletLoss")
HINGE = dict(type="solider_mm.ReIDTripletLoss", margin=0.3)
GOLDEN = {
    "ce_plain": (PLAIN, None),
    "ce_ls01_A": (SMOOTH, None),
    "ce_ls01_B": (SMOOTH, None),
    "total_swin_default": (PLAIN, SOFT),
    "total_margin_ls": (SMOOTH, HINGE),
    "total_margin_ls_l2": (SMOOTH, dict(HINGE, normalize=True)),
    "total_weighted": (dict(PLAIN, loss_weight=0.5), dict(SOFT, loss_weight=2.0)),
}


def head(**changes: Any) -> ReIDHead:
    config = dict(type="solider_mm.ReIDHead", num_classes=5, in_channels=6)
    return MODELS.build({**config, **changes})


def samples(labels: Any) -> list[DataSample]:
    return [DataSample().set_gt_label(int(label)) for label in labels]


def total(losses: dict[str, Tensor]) -> Tensor:
    """What mmengine sums up: every key with 'loss' in it."""
    return sum(value for key, value in losses.items() if "loss" in key)


@pytest.mark.parametrize("name", GOLDEN)
def test_matches_official_losses(golden_dir: Path, name: str) -> None:
    """In float64, without the BatchNorm, which the golden logits do not have.

    The golden gradients are float32: compared to 1e-6 of their largest entry.
    """
    golden = np.load(golden_dir / "reid_losses.npz")
    weight = torch.from_numpy(golden["classifier_weight"]).double()
    loss, triplet = GOLDEN[name]
    ours = head(num_classes=50, in_channels=96, loss=loss, triplet_loss=triplet)
    ours.bnneck = nn.Identity()
    ours.classifier.weight = nn.Parameter(weight)
    features = torch.from_numpy(golden["feat"]).double().requires_grad_()
    value = total(ours.loss((features,), samples(golden["label"])))
    value.backward()
    np.testing.assert_allclose(value.item(), golden[f"{name}_loss"], rtol=1e-6)
    for found, key in ((features, "feat"), (ours.classifier.weight, "weight")):
        expected = golden[f"{name}_grad_{key}"]
        error = np.abs(found.grad.numpy() - expected).max()
        assert error <= 1e-6 * np.abs(expected).max(), key


def test_classifier_uses_normalized_feature() -> None:
    ours = head().train()
    features = 3 + 2 * torch.randn(8, 6)
    logits = ours((torch.zeros(8, 2), features))
    normed = (features - features.mean(0)) / features.std(0, unbiased=False)
    expected = normed @ ours.classifier.weight.T
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-6)


def test_initial_values_and_frozen_bias() -> None:
    ours = head(num_classes=400, in_channels=100)
    assert not ours.bnneck.bias.requires_grad
    assert not ours.bnneck.bias.any()
    assert (ours.bnneck.weight == 1).all()
    assert ours.classifier.bias is None
    assert ours.classifier.weight.std().item() == pytest.approx(0.001, rel=0.02)
    loss = total(ours.loss((torch.randn(8, 100),), samples([0, 0, 1, 1, 2, 2, 3, 3])))
    loss.backward()
    trained = {n: p.grad for n, p in ours.named_parameters() if p.requires_grad}
    assert set(trained) == {"bnneck.weight", "classifier.weight"}
    assert all(gradient is not None for gradient in trained.values())


def test_accuracy_is_detached() -> None:
    ours = head(num_classes=3, in_channels=3)
    ours.bnneck = nn.Identity()
    ours.classifier.weight = nn.Parameter(torch.eye(3))
    features = torch.eye(3)[[0, 1, 2, 2]].requires_grad_()
    losses = ours.loss((features,), samples([0, 1, 2, 0]))
    assert set(losses) == {"loss_identity", "loss_triplet", "accuracy"}
    assert losses["accuracy"].item() == 0.75
    assert not losses["accuracy"].requires_grad


def test_computes_float32_under_autocast() -> None:
    ours = head(num_classes=4, in_channels=64).train()
    features, labels = torch.randn(8, 64) * 3, samples([0, 0, 1, 1, 2, 2, 3, 3])
    expected = ours.loss((features,), labels)
    with torch.autocast("cpu", torch.bfloat16):
        found = ours.loss((features,), labels)
        half = ours.loss((features.bfloat16(),), labels)
    assert found == expected
    assert {value.dtype for value in half.values()} == {torch.float32}


def test_predicts_feature_before_neck() -> None:
    ours = head().eval()
    features = torch.randn(3, 6, dtype=torch.bfloat16)
    given = [DataSample(metainfo=dict(person_id=i)) for i in range(3)]
    found = ours.predict((features,), given)
    assert found[2] is given[2]
    assert found[2].person_id == 2
    assert torch.equal(found[1].feature, features[1].float())
    for nothing in (None, [None] * 3):
        unlabeled = ours.predict((features,), nothing)
        assert torch.equal(unlabeled[0].feature, features[0].float())
    assert "feature" in found[0].to_dict()


def test_refuses_labels_and_sizes_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"gt_label=5 with num_classes=5.*model\.head"):
        head().loss((torch.randn(2, 6),), samples([0, 5]))
    with pytest.raises(ValueError, match="num_classes=1, in_channels=6: expected"):
        head(num_classes=1)
