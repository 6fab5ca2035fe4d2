"""L_sm against the reference and by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from solider_mm.models.heads import SemanticHead
from solider_mm.registry import MODELS


def test_equals_the_reference(golden_dir: Path) -> None:
    """With the golden file's linear classifier in place of ours."""
    golden = np.load(golden_dir / "solider_semantic_loss.npz")
    head = SemanticHead(in_channels=24, num_parts=int(golden["partnum"]))
    head.classifier = torch.nn.Linear(24, 4)
    with torch.no_grad():
        head.classifier.weight.copy_(torch.from_numpy(golden["classifier_weight"]))
        head.classifier.bias.copy_(torch.from_numpy(golden["classifier_bias"]))
    features = torch.from_numpy(golden["student_feats"]).requires_grad_()
    kept = torch.from_numpy(golden["kept_index"])
    labels = torch.from_numpy(golden["part_mask"])
    weights = torch.from_numpy(golden["lambda_per_image"]).repeat(2)[kept]
    rows = torch.cat([features[: len(kept)], features[len(kept) :][kept]])
    loss, _ = head.loss(rows, labels.repeat(2, 1, 1), weights.repeat(2))
    (loss * float(golden["semantic_loss_weight"])).backward()
    np.testing.assert_allclose(loss.item(), golden["loss2"], rtol=1e-6)
    for ours, name in (
        (features.grad, "student_feats"),
        (head.classifier.weight.grad, "classifier_weight"),
        (head.classifier.bias.grad, "classifier_bias"),
    ):
        np.testing.assert_allclose(ours, golden[f"grad_{name}"], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("num_blocks", [1, 3, 6])
def test_every_parameter_is_trained(num_blocks: int) -> None:
    config = dict(type="solider_mm.SemanticHead", in_channels=6, num_blocks=num_blocks)
    head = MODELS.build(config)
    labels = torch.randint(0, 4, (3, 4, 2))
    loss, _ = head.loss(torch.randn(3, 6, 4, 2), labels, torch.ones(3))
    loss.backward()
    assert all(parameter.grad is not None for parameter in head.parameters())
    assert sum("fc" in name for name, _ in head.named_parameters()) == num_blocks


def test_official_variant_is_frozen_and_bounded() -> None:
    head = SemanticHead(in_channels=6, variant="official")
    features = torch.randn(2, 6, 4, 2, requires_grad=True)
    logits = head(features)
    assert logits.abs().max() <= 1 + 1e-6
    loss, _ = head.loss(features, torch.zeros(2, 4, 2).long(), torch.ones(2))
    loss.backward()
    assert features.grad is not None
    assert all(parameter.grad is None for parameter in head.parameters())


@pytest.mark.parametrize(
    ("options", "widths"),
    [
        ({}, [6, 2048, 2048, 256]),
        ({"num_blocks": 1}, [6, 256]),
        ({"num_blocks": 2, "hidden_channels": 8}, [6, 8, 256]),
        ({"num_blocks": 5, "hidden_channels": 8}, [6, 8, 8, 8, 8, 256]),
    ],
)
def test_official_variant_has_the_layers_asked_for(options, widths) -> None:
    mlp = SemanticHead(in_channels=6, variant="official", **options).classifier.mlp
    linear = [layer for layer in mlp if isinstance(layer, torch.nn.Linear)]
    assert [layer.in_features for layer in linear] == widths[:-1]
    assert [layer.out_features for layer in linear] == widths[1:]
    assert len(mlp) == 2 * len(linear) - 1  # GELU between them, none at the end


def test_prototypes_are_fixed_and_evenly_spread() -> None:
    head = SemanticHead(
        in_channels=9, num_parts=3, variant="prototypes", temperature=0.5
    )
    prototypes = head.classifier.prototypes
    cosines = prototypes @ prototypes.T
    expected = torch.eye(4) * (4 / 3) - 1 / 3
    torch.testing.assert_close(cosines, expected, rtol=0, atol=1e-6)
    assert not list(head.parameters())
    tokens = prototypes.T[None, :, :, None] * 7  # (1, 9, 4, 1): one token per class
    torch.testing.assert_close(head(tokens)[0, :, 0], cosines / 0.5)
    torch.manual_seed(1)
    other = SemanticHead(in_channels=9, num_parts=3, variant="prototypes")
    assert torch.equal(other.classifier.prototypes, prototypes)


def test_directions_leave_the_background_without_one() -> None:
    head = SemanticHead(
        in_channels=16, num_parts=3, variant="directions", temperature=0.5
    )
    directions = head.classifier.directions
    torch.testing.assert_close(directions @ directions.T, torch.eye(3))
    tokens = 8 * torch.cat([directions, torch.zeros(1, 16)])  # norm 2·√C, and none
    logits = head(tokens.T[None, :, :, None])[0, :, 0]
    expected = torch.cat([torch.full((4, 1), 1.0), 4 * torch.eye(4)[:, :3]], 1)
    torch.testing.assert_close(logits, expected)
    assert logits.argmax(1).tolist() == [1, 2, 3, 0]
    assert not list(head.parameters())


def test_refuses_a_temperature_of_zero() -> None:
    with pytest.raises(ValueError, match="temperature=0: expected a number above 0"):
        SemanticHead(in_channels=9, temperature=0)


def test_weights_and_mean_by_hand() -> None:
    head = SemanticHead(in_channels=2, num_parts=1)
    head.classifier = torch.nn.Identity()  # the features are the logits
    features = torch.zeros(2, 2, 1, 1)  # cross-entropy ln 2 everywhere
    labels = torch.zeros(2, 1, 1).long()
    weights = torch.tensor([1.0, 0.5])
    loss, cross_entropy = head.loss(features, labels, weights)
    assert loss.item() == pytest.approx(0.75 * math.log(2))
    assert cross_entropy.item() == pytest.approx(math.log(2))
    loss, _ = head.loss(features, labels, weights, num_images=6)
    assert loss.item() == pytest.approx(0.25 * math.log(2))


def test_no_kept_image_gives_an_attached_zero() -> None:
    head = SemanticHead(in_channels=6)
    features = torch.randn(3, 6, 4, 2, requires_grad=True)
    labels = torch.zeros(0, 4, 2, dtype=torch.long)
    loss, cross_entropy = head.loss(features[:0], labels, torch.zeros(0), 8)
    loss.backward()
    assert loss.item() == 0
    assert cross_entropy.item() == 0
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())
    assert not features.grad.any()


def test_part_balance() -> None:
    head = SemanticHead(in_channels=2, num_parts=3)
    even = torch.tensor([[[0, 1, 2, 3]]])
    assert head.part_balance(even).item() == pytest.approx(1)
    assert head.part_balance(torch.tensor([[[0, 2, 2, 2]]])).item() == 0
    assert head.part_balance(even[:0]).item() == 0


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (dict(num_blocks=0), "num_blocks=0"),
        (dict(num_blocks=7), "1…6"),
        (dict(num_parts=0), "num_parts=0"),
        (dict(variant="frozen"), "'frozen' is unknown"),
        (dict(variant="prototypes", num_blocks=2), "num_blocks=2.*has no layers"),
        (dict(variant="directions", hidden_channels=8), "hidden_channels=8.*no layers"),
    ],
)
def test_bad_options_are_refused(option: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SemanticHead(in_channels=2, **option)
