import math

import torch
from torch import nn

from solider_mm.models.layers import SemanticController


def controller(channels=3):
    return SemanticController(nn.Linear(2, channels), nn.Linear(2, channels))


def test_equals_the_equation():
    control = controller()
    tokens, weight = torch.randn(2, 5, 3), torch.tensor([0.3, 1.0])
    condition = torch.stack((weight, 1 - weight), 1)  # [λ, 1 − λ]
    scale = nn.functional.softplus(control.scale(condition))[:, None]
    shift = control.shift(condition)[:, None]
    out = control(tokens, weight)
    assert torch.allclose(out, tokens * scale + shift, atol=1e-6)


def test_untrained_it_shrinks_by_ln_2():
    control = controller()
    for linear in (control.scale, control.shift):
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
    out = control(torch.ones(1, 1, 3), torch.tensor([0.5]))
    assert torch.allclose(out, torch.full((1, 1, 3), math.log(2)))


def test_weight_and_controller_get_gradients():
    control = controller()
    weight = torch.tensor([0.2, 0.7], requires_grad=True)
    control(torch.randn(2, 4, 3), weight).square().sum().backward()
    assert (weight.grad != 0).all()
    assert (control.scale.weight.grad != 0).all()
    assert (control.shift.weight.grad != 0).all()


def test_lambda_is_not_rounded_by_autocast():
    control = controller()
    weight = torch.tensor([0.3001])
    tokens = torch.randn(1, 4, 3)
    with torch.autocast("cpu", torch.bfloat16):
        out = control(tokens, weight)
    assert torch.equal(out, control(tokens, weight))


def test_tokens_keep_their_dtype():
    tokens = torch.randn(1, 4, 3, dtype=torch.bfloat16)
    assert controller()(tokens, torch.tensor([1.0])).dtype == torch.bfloat16
