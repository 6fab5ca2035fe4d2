"""Batch normalization that tolerates processes without tokens."""

import pytest
import torch
from torch import nn

from solider_mm.functional import batch_norm
from solider_mm.functional.batch_norm import normalized_linear, synced_batch_norm


def _norm() -> nn.BatchNorm1d:
    norm = nn.BatchNorm1d(3)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


def test_own_arithmetic_equals_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of several processes, with one process playing alone."""
    tokens = torch.randn(10, 3, requires_grad=True)
    expected_norm, norm = _norm(), _norm()
    norm.load_state_dict(expected_norm.state_dict())
    expected = expected_norm(tokens)
    gradient = torch.randn(10, 3)
    (expected_gradient,) = torch.autograd.grad(expected, tokens, gradient)
    monkeypatch.setattr(batch_norm, "_is_distributed", lambda: True)
    monkeypatch.setattr(batch_norm, "_sum_over_processes", lambda value: value)
    ours = synced_batch_norm(tokens, norm)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-6)
    (our_gradient,) = torch.autograd.grad(ours, tokens, gradient)
    torch.testing.assert_close(our_gradient, expected_gradient, rtol=1e-4, atol=1e-5)
    for name, value in expected_norm.state_dict().items():
        torch.testing.assert_close(norm.state_dict()[name], value)


def test_no_token_changes_no_statistics_and_keeps_the_graph() -> None:
    norm = _norm()
    before = norm.running_mean.clone(), norm.running_var.clone()
    tokens = torch.randn(0, 3, requires_grad=True)
    result = synced_batch_norm(tokens, norm)
    result.sum().backward()
    assert result.shape == (0, 3)
    assert norm.weight.grad is not None
    torch.testing.assert_close(norm.running_mean, before[0])
    torch.testing.assert_close(norm.running_var, before[1])


def test_one_token_has_no_variance() -> None:
    norm = _norm()
    result = synced_batch_norm(torch.randn(1, 3), norm)
    torch.testing.assert_close(result, norm.bias.expand(1, 3))


def test_evaluation_uses_the_running_statistics() -> None:
    norm = _norm().eval()
    tokens = torch.randn(4, 3)
    torch.testing.assert_close(synced_batch_norm(tokens, norm), norm(tokens))


def test_cosines_by_hand() -> None:
    features = torch.tensor([[3.0, 4.0]])
    weight = torch.tensor([[1.0, 0.0], [0.0, -2.0]])
    cosines = normalized_linear(features, weight)
    torch.testing.assert_close(cosines, torch.tensor([[0.6, -0.8]]))
