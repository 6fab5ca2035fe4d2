"""The DINO projection."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F

from solider_mm.models.heads import DINOPretrainHead
from solider_mm.models.necks import DINOPretrainNeck
from solider_mm.registry import MODELS

TINY = dict(in_channels=6, hidden_channels=8, bottleneck_channels=4, out_channels=5)


def test_equals_the_equation() -> None:
    neck = MODELS.build(dict(type="solider_mm.DINOPretrainNeck", **TINY))
    features = torch.randn(3, 6)
    hidden = features
    for layer in (neck.mlp[0], neck.mlp[2]):
        hidden = F.gelu(hidden @ layer.weight.T + layer.bias)
    hidden = hidden @ neck.mlp[4].weight.T + neck.mlp[4].bias
    hidden = hidden / hidden.norm(dim=1, keepdim=True)
    direction = neck.last_layer.parametrizations.weight.original1
    prototypes = direction / direction.norm(dim=1, keepdim=True)
    torch.testing.assert_close(neck(features), hidden @ prototypes.T)
    assert neck(features).abs().max() <= 1


def test_gain_is_fixed_unless_asked() -> None:
    for fixed in (True, False):
        neck = DINOPretrainNeck(**TINY, norm_last_layer=fixed)
        gain = neck.last_layer.parametrizations.weight.original0
        assert gain.requires_grad is not fixed
        assert (gain == 1).all()


def test_copies_are_equal_and_independent() -> None:
    neck = DINOPretrainNeck(**TINY)
    copy = deepcopy(neck)
    assert copy.state_dict().keys() == neck.state_dict().keys()
    features = torch.randn(2, 6)
    before = copy(features)
    with torch.no_grad():
        neck.mlp[0].weight.add_(1)
    torch.testing.assert_close(copy(features), before, rtol=0, atol=0)


def test_needs_a_layer() -> None:
    with pytest.raises(ValueError, match="num_layers=0"):
        DINOPretrainNeck(**TINY, num_layers=0)


@pytest.mark.parametrize("aligned", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("prototypes", [256, 65536])
def test_loss_in_bf16_stays_with_that_in_float32(prototypes, aligned):
    """The big matrix is multiplied in bf16; centring and softmax are in float32."""
    neck = DINOPretrainNeck(in_channels=192, out_channels=prototypes)
    head = DINOPretrainHead(out_channels=prototypes)
    subject = torch.randn(16, 192)
    features = torch.cat([subject + 0.5 * torch.randn(16, 192) for _ in range(10)])
    if aligned:  # scores near 1: the sharpest softmax there is
        with torch.no_grad():
            for layer in neck.mlp[::2]:
                layer.weight.mul_(3)
            prototype = neck.last_layer.parametrizations.weight.original1
            unit = F.normalize(neck.mlp(features), dim=-1)
            prototype[: len(unit)] = unit * prototype[: len(unit)].norm(dim=1)[:, None]
    losses = []
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled), torch.no_grad():
            scores = neck(features)
            views = list(scores.split(16))
            stacked = torch.stack(list(views))
            losses.append(head.loss(stacked, head.targets(stacked[:2])))
    assert scores.dtype is torch.bfloat16
    exact, rounded = (loss.item() for loss in losses)
    assert abs(rounded / exact - 1) < 1e-3
