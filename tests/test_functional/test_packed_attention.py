"""Attention on packed maps against attention on the maps of each size."""

import pytest
import torch
from torch import nn

from solider_mm.functional.packed_attention import attend_packed
from solider_mm.functional.packed_maps import MapGroup, PackedMaps, packed_layouts
from solider_mm.functional.position_bias import position_biases
from solider_mm.models.layers.window_attention import WindowAttention

SIZES = {
    7: [(16, 8), (21, 7), (8, 4), (4, 2), (7, 7)],
    3: [(4, 5), (6, 6), (3, 3), (2, 2)],
}


def _packed(layer, maps, tokens, shift):
    sizes = [group.size for group in maps.groups]
    table, window = layer.relative_position_bias_table, layer.window_size
    (biases,) = position_biases([table], sizes, window, [shift], table.dtype)
    layouts = packed_layouts(maps, window, shift, tokens.device)
    weight, bias = layer.qkv.weight, layer.qkv.bias
    return layer.proj(attend_packed(tokens, weight, bias, layouts, biases))


@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize("window", [3, 7])
def test_values_and_gradients_are_those_of_each_size_alone(window, shift):
    layer = WindowAttention(6, 2, window).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5)
    groups = tuple(MapGroup(1 + i, size) for i, size in enumerate(SIZES[window]))
    maps = PackedMaps(groups)
    tokens = torch.randn(sum(maps.lengths), 6, dtype=torch.double, requires_grad=True)
    upstream = torch.randn_like(tokens)
    alone = torch.cat(
        [
            layer(part.view(group.count, -1, 6), group.size, shift).flatten(0, 1)
            for part, group in zip(tokens.split(maps.lengths), groups, strict=True)
        ]
    )
    together = _packed(layer, maps, tokens, shift)
    torch.testing.assert_close(together, alone)
    inputs = [tokens, *layer.parameters()]
    expected = torch.autograd.grad(alone, inputs, upstream)
    gradients = torch.autograd.grad(together, inputs, upstream)
    for ours, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(ours, other)


def test_biases_of_several_blocks_are_those_of_each_alone():
    tables = [torch.randn(25, 2), torch.randn(25, 2), torch.randn(25, 4)]
    sizes = [(6, 6), (2, 2), (3, 3)]
    together = position_biases(tables, sizes, 3, [0, 1, 0], torch.float)
    for table, shift, biases in zip(tables, [0, 1, 0], together, strict=True):
        (alone,) = position_biases([table], sizes, 3, [shift], torch.float)
        assert [bias.shape[-1] for bias in alone] == [9, 5, 9]
        for ours, other in zip(biases, alone, strict=True):
            assert torch.equal(ours, other)


def test_tokens_are_numbered_by_their_map():
    maps = PackedMaps((MapGroup(2, (1, 2)), MapGroup(1, (3, 1))))
    assert maps.lengths == [4, 3]
    device = torch.device("cpu")
    assert maps.map_of_token(device).tolist() == [0, 0, 1, 1, 2, 2, 2]
