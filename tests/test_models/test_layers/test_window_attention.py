import pytest
import torch
from mmpretrain.models.utils import WindowMSA
from torch import nn

from solider_mm.models.layers import window_attention as module
from solider_mm.models.layers.window_attention import (
    WindowAttention,
    relative_position_index,
)


def naive_attention(layer: WindowAttention, tokens, size, window, shift):
    """Every query of every window by itself; padding is a token of zeros."""
    height, width = size
    padded = [-(-length // window) * window for length in size]
    out = torch.zeros_like(tokens)
    channels = tokens.shape[-1]
    head = channels // layer.num_heads
    qkv = layer.qkv(tokens).view(height, width, 3, layer.num_heads, head)
    empty = layer.qkv.bias.view(3, layer.num_heads, head)
    table = layer.relative_position_bias_table

    def place(i, j):  # where the rolled map shows the token at (i, j)
        return (i - shift) % padded[0], (j - shift) % padded[1]

    for i in range(height):
        for j in range(width):
            pi, pj = place(i, j)
            logits, values = [], []
            for ki in range(padded[0]):
                for kj in range(padded[1]):
                    qi, qj = place(ki, kj)
                    if (qi // window, qj // window) != (pi // window, pj // window):
                        continue
                    real = ki < height and kj < width
                    _, key, value = qkv[ki, kj] if real else empty
                    row = (pi - qi + window - 1) * (2 * window - 1)
                    row += pj - qj + window - 1
                    logit = (qkv[i, j, 0] * key).sum(-1) * head**-0.5 + table[row]
                    over = [
                        (a + shift >= n) for a, n in zip((pi, pj), padded, strict=True)
                    ]
                    other = [
                        (a + shift >= n) for a, n in zip((qi, qj), padded, strict=True)
                    ]
                    logits.append(logit - 100.0 * (over != other))
                    values.append(value)
            weight = torch.stack(logits).softmax(0)  # (keys, heads)
            mixed = (weight[..., None] * torch.stack(values)).sum(0)
            out[i * width + j] = mixed.flatten()
    return layer.proj(out)


def random_layer(channels=6, heads=2, window=3):
    layer = WindowAttention(channels, heads, window)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5)
    return layer


@pytest.fixture(params=["windows", "whole map", "symbolic"])
def path(request, monkeypatch):
    """Force one way of computing on maps of every size."""
    monkeypatch.setattr(module, "is_small_map", lambda *_: request.param == "whole map")
    monkeypatch.setattr(module, "is_symbolic", lambda _: request.param == "symbolic")


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("size", [(3, 3), (6, 6), (4, 5), (2, 2), (3, 7), (4, 3)])
@pytest.mark.parametrize("shift", [0, 1])
def test_equals_a_loop_over_queries(size, shift):
    layer = random_layer()
    tokens = torch.randn(2, size[0] * size[1], 6)
    with torch.no_grad():
        out = layer(tokens, size, shift)
        expected = [naive_attention(layer, image, size, 3, shift) for image in tokens]
    assert torch.allclose(out, torch.stack(expected), atol=1e-5)


@pytest.mark.parametrize("size", [(16, 8), (8, 4), (4, 2), (7, 7), (12, 4)])
@pytest.mark.parametrize("shift", [0, 3])
def test_all_ways_give_the_same_maps_and_gradients(size, shift, monkeypatch):
    """The maps of pretraining and re-identification, in windows of 7."""
    layer = random_layer(window=7)
    tokens = torch.randn(2, size[0] * size[1], 6, requires_grad=True)
    upstream = torch.randn_like(tokens)
    results = []
    for way in ("windows", "whole map", "symbolic"):
        small, symbolic = way == "whole map", way == "symbolic"
        monkeypatch.setattr(module, "is_small_map", lambda *_, small=small: small)
        monkeypatch.setattr(module, "is_symbolic", lambda _, answer=symbolic: answer)
        out = layer(tokens, size, shift)
        gradients = torch.autograd.grad(out, [tokens, *layer.parameters()], upstream)
        results.append((out, *gradients))
    for windows, *others in zip(*results, strict=True):
        scale = windows.abs().max().item()
        for other in others:
            assert (windows - other).abs().max().item() < 2e-6 * scale


@pytest.mark.usefixtures("path")
def test_padding_has_the_bias_as_key_and_value():
    layer = random_layer()
    tokens = torch.randn(1, 4, 6)
    before = layer(tokens, (2, 2))
    with torch.no_grad():
        layer.qkv.bias[12:] += 1.0  # values of real and padded tokens alike
    shift = layer.proj.weight.sum(1)
    assert torch.allclose(layer(tokens, (2, 2)), before + shift, atol=1e-5)


@pytest.mark.usefixtures("path")
def test_gradients_reach_every_weight_and_match_finite_differences():
    layer = random_layer().double()
    tokens = torch.randn(2, 8, 6, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: layer(x, (4, 2), 1), tokens)
    layer(tokens, (4, 2), 1).square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_relative_positions_of_a_window_of_two():
    assert relative_position_index(2).tolist() == [
        [4, 3, 1, 0],
        [5, 4, 2, 1],
        [7, 6, 4, 3],
        [8, 7, 5, 4],
    ]


@pytest.mark.parametrize("window", [1, 4, 7, 12])
def test_relative_positions_are_numbered_as_in_openmmlab(window):
    theirs = WindowMSA(4, (window, window), 2).relative_position_index
    assert torch.equal(relative_position_index(window), theirs)
