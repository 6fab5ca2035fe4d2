import pytest
import torch
from torch import nn

from solider_mm.models.layers import PatchMerging


@pytest.mark.parametrize(
    ("size", "stride", "merged"),
    [
        ((4, 6), 2, (2, 3)),
        ((5, 3), 2, (3, 2)),
        ((4, 3), 1, (4, 3)),
        ((1, 1), 2, (1, 1)),
        ((143, 96), 2, (72, 48)),
    ],
)
def test_equals_unfold_of_the_padded_map(size, stride, merged):
    layer = PatchMerging(3, stride)
    tokens = torch.randn(2, size[0] * size[1], 3)
    out, out_size = layer(tokens, size)
    assert out_size == merged
    maps = tokens.transpose(1, 2).unflatten(2, size)
    rows = (merged[0] - 1) * stride + 2 - size[0]
    columns = (merged[1] - 1) * stride + 2 - size[1]
    maps = nn.functional.pad(maps, (0, columns, 0, rows))
    expected = nn.functional.unfold(maps, 2, stride=stride).transpose(1, 2)
    expected = layer.reduction(layer.norm(expected))
    assert torch.allclose(out, expected, atol=1e-6)


def test_gradients_flow():
    layer = PatchMerging(2, 1).double()
    tokens = torch.randn(1, 6, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: layer(x, (2, 3))[0], tokens)
