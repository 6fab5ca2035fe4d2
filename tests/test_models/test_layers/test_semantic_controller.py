import math

import pytest
import torch
from mmengine.runner import checkpoint
from torch import nn

from solider_mm.models.layers import SemanticController, keep_released_names

STAGE = 1


def controller(channels=3):
    control = SemanticController({STAGE: channels})
    for linear in linears(control):
        nn.init.normal_(linear.weight)
        nn.init.normal_(linear.bias)
    return control


def linears(control):
    """The layers of the scale and of the shift."""
    stage = str(STAGE)
    return control.semantic_embed_w[stage], control.semantic_embed_b[stage]


def test_equals_the_equation():
    control = controller()
    tokens, weight = torch.randn(2, 5, 3), torch.tensor([0.3, 1.0])
    condition = torch.stack((weight, 1 - weight), 1)  # [λ, 1 − λ]
    scale, shift = (linear(condition)[:, None] for linear in linears(control))
    scale = nn.functional.softplus(scale)
    out = control(tokens, weight, STAGE)
    assert torch.allclose(out, tokens * scale + shift, atol=1e-6)


def test_untrained_it_shrinks_by_ln_2():
    control = controller()
    for linear in linears(control):
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
    out = control(torch.ones(1, 1, 3), torch.tensor([0.5]), STAGE)
    assert torch.allclose(out, torch.full((1, 1, 3), math.log(2)))


def test_weight_and_controller_get_gradients():
    control = controller()
    weight = torch.tensor([0.2, 0.7], requires_grad=True)
    control(torch.randn(2, 4, 3), weight, STAGE).square().sum().backward()
    assert (weight.grad != 0).all()
    assert all((linear.weight.grad != 0).all() for linear in linears(control))


def test_lambda_is_not_rounded_by_autocast():
    control = controller()
    weight = torch.tensor([0.3001])
    tokens = torch.randn(1, 4, 3)
    with torch.autocast("cpu", torch.bfloat16):
        out = control(tokens, weight, STAGE)
    assert torch.equal(out, control(tokens, weight, STAGE))


def test_tokens_keep_their_dtype():
    tokens = torch.randn(1, 4, 3, dtype=torch.bfloat16)
    assert controller()(tokens, torch.tensor([1.0]), STAGE).dtype == torch.bfloat16


class Owner(nn.Module):
    """A module with a controller that is stored under the released names."""

    def __init__(self):
        super().__init__()
        self.controller = controller()
        keep_released_names(self)


@pytest.mark.parametrize(
    ("save", "load"),
    [
        (nn.Module.state_dict, nn.Module.load_state_dict),
        (checkpoint.get_state_dict, checkpoint.load_state_dict),
    ],
    ids=["torch", "mmengine"],
)
def test_files_hold_the_released_names(save, load):
    saved, loaded = nn.Sequential(Owner()), nn.Sequential(Owner())
    state = save(saved)
    assert set(state) == {
        f"0.semantic_embed_{part}.1.{kind}" for part in "wb" for kind in WEIGHTS
    }
    load(loaded, state, strict=True)
    for one, other in zip(saved.parameters(), loaded.parameters(), strict=True):
        assert torch.equal(one, other)


WEIGHTS = ("weight", "bias")


def test_missing_weights_are_reported_by_their_released_names():
    with pytest.raises(RuntimeError, match=r'"0\.semantic_embed_w\.1\.weight"'):
        nn.Sequential(Owner()).load_state_dict({})
