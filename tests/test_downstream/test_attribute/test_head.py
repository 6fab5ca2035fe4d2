import math

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn

from solider_mm.downstream.attribute import PedestrianAttributeHead, frequency_weights

RATIO = [0.1, 0.5, 0.9]


def samples(targets):
    return [DataSample().set_gt_score(torch.as_tensor(row)) for row in targets]


def head_of(ratio=RATIO, **options):
    return MODELS.build(
        dict(
            type="solider_mm.PedestrianAttributeHead",
            in_channels=4,
            num_classes=3,
            positive_ratio=ratio,
            **options,
        )
    )


@pytest.fixture
def golden(golden_dir):
    return np.load(golden_dir / "attribute_losses.npz")


def test_matches_official_loss_and_gradient(golden):
    ratio = golden["train_label"].mean(axis=0)
    head = PedestrianAttributeHead(in_channels=26, num_classes=26, positive_ratio=ratio)
    head.fc = nn.Identity()
    logits = torch.tensor(golden["logits"], requires_grad=True)
    truth = samples(golden["targets"])
    loss = head.loss((logits,), truth)["loss"]
    assert loss.item() == pytest.approx(golden["weighted_sum_loss"], rel=1e-6)
    loss.backward()
    theirs = golden["weighted_sum_grad"]
    difference = np.abs(logits.grad.numpy() - theirs)
    # Relative to the gradient; where it is tiny, float32 rounds the reference's too.
    assert difference.max() < 1e-6 * np.abs(theirs).max()
    np.testing.assert_allclose(logits.grad.numpy(), theirs, rtol=1e-4)
    per_image = [s.loss.item() for s in head.predict((logits.detach(),), truth)]
    matrix = golden["weighted_sum_matrix"]
    np.testing.assert_allclose(per_image, matrix.sum(axis=1), rtol=1e-6)


def test_matches_official_weights(golden):
    ratio = torch.tensor(golden["label_ratio"])
    class_weight, pos_weight = frequency_weights(ratio)
    truth = torch.tensor(golden["targets"])
    weights = class_weight * torch.where(truth == 1, pos_weight, 1.0)
    np.testing.assert_allclose(weights, golden["sample_weight_matrix"], rtol=1e-6)


def test_loss_of_hand_computed_example():
    """At logit 0 every term is ln 2, times exp(1 - r) or exp(r)."""
    head = head_of()
    nn.init.zeros_(head.fc.weight)
    nn.init.zeros_(head.fc.bias)
    features = torch.randn(2, 4)
    truth = samples([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    weights = [0.9, 0.5, 0.1, 0.1, 0.5, 0.1]
    expected = math.log(2) * sum(map(math.exp, weights)) / 2
    assert head.loss((features,), truth)["loss"].item() == pytest.approx(expected)


def test_keeps_initial_values_of_pytorch():
    torch.manual_seed(3)
    head = head_of()
    head.init_weights()
    torch.manual_seed(3)
    plain = nn.Linear(4, 3)
    assert torch.equal(head.fc.weight, plain.weight)
    assert torch.equal(head.fc.bias, plain.bias)


def test_checkpoint_restores_loss_weights():
    trained, fresh = head_of(), head_of(ratio=None)
    assert not fresh.is_weighted
    fresh.load_state_dict(trained.state_dict())
    assert fresh.is_weighted
    features, truth = torch.randn(2, 4), samples([[1.0, 0.0, 1.0]] * 2)
    assert torch.equal(
        fresh.loss((features,), truth)["loss"], trained.loss((features,), truth)["loss"]
    )


def test_unweighted_checkpoint_keeps_head_unweighted():
    fresh = head_of(ratio=None)
    fresh.load_state_dict(head_of(ratio=None).state_dict())
    assert not fresh.is_weighted


def test_predicts_without_labels_or_weights():
    features = (torch.randn(2, 4),)
    (first, _) = head_of().predict(features)
    assert first.pred_score.shape == (3,)
    assert "loss" not in first
    (first, _) = head_of(ratio=None).predict(features, samples([[1.0, 0.0, 1.0]] * 2))
    assert "loss" not in first


def test_logits_are_float32_under_autocast():
    with torch.autocast("cpu", torch.bfloat16):
        assert head_of()((torch.randn(2, 4),)).dtype == torch.float32


def test_refuses_missing_or_invalid_frequencies():
    with pytest.raises(
        ValueError, match="attribute frequencies of the head are not set"
    ):
        head_of(ratio=None).loss((torch.randn(1, 4),), samples([[1.0, 0.0, 1.0]]))
    with pytest.raises(ValueError, match=r"shape \(2,\) and the head 3 attributes"):
        head_of(ratio=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"expected shares in \[0, 1\]"):
        head_of(ratio=[0.1, 0.2, 1.5])
