import pytest
import torch
from torch import nn

from solider_mm.export.adaptive_pooling import replace_adaptive_pooling


@pytest.mark.parametrize("side", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(6, 6), (13, 7), (4, 3), (36, 24)])
def test_equals_torch(side, size):
    maps = torch.randn(2, 3, *size)
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(side))
    expected = pool(maps)
    replace_adaptive_pooling(pool)
    assert type(pool[0]).__name__ == "MatrixAdaptivePool"
    torch.testing.assert_close(pool(maps), expected)


def test_refuses_rectangles():
    with pytest.raises(ValueError, match="expected a square"):
        replace_adaptive_pooling(nn.Sequential(nn.AdaptiveAvgPool2d((2, 3))))
