import pytest
import torch
import torch.nn.functional as F

from solider_mm.functional.linear import linear


@pytest.mark.parametrize("with_bias", [True, False])
def test_equals_the_linear_layer_and_its_gradients(with_bias: bool) -> None:
    tokens, weight = torch.randn(5, 3).double(), torch.randn(4, 3).double()
    inputs = [tokens, weight, *([torch.randn(4).double()] if with_bias else [])]
    inputs = [value.requires_grad_() for value in inputs]
    assert torch.equal(linear(*inputs), F.linear(*inputs))
    assert torch.autograd.gradcheck(linear, inputs)


def test_tokens_take_the_dtype_of_the_weight_and_their_gradient_keeps_its_own() -> None:
    tokens = torch.randn(5, 3, requires_grad=True)
    out = linear(tokens, torch.randn(4, 3, dtype=torch.bfloat16))
    assert out.dtype == torch.bfloat16
    out.sum().backward()
    assert tokens.grad.dtype == torch.float
