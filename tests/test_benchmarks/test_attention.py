"""Kernels of window attention, timed."""

import torch

from benchmarks import attention
from solider_mm.models.layers.window_attention import WindowAttention


def test_a_row_per_map_type_and_kernel(capsys, monkeypatch):
    monkeypatch.setattr(attention, "MAPS", (((20, 20), 1), ((4, 2), 2)))
    assert attention.main(["--batch", "2", "--dtypes", "fp32", "--repeats", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split()[:4] for line in lines if "fp32" in line]
    assert rows == [
        ["20×20", "1", "fp32", "sdpa"],
        ["4×2", "2", "fp32", "sdpa"],
        ["4×2", "2", "fp32", "windows"],
    ]


def test_both_kernels_attend_alike():
    query, key, value = torch.randn(3, 2, 3, 4, 9, 8)
    bias = torch.randn(3, 4, 9, 9)
    plain = attention.attend(query, key, value, bias)
    fused = attention.attend_fused(query, key, value, bias)
    torch.testing.assert_close(plain, fused, rtol=1e-5, atol=1e-5)


def test_both_layers_attend_alike():
    layer = WindowAttention(6, 2, 7)
    tokens = torch.randn(2, 8, 6)
    ways = [
        way(tokens, (4, 2), 3) for way in (layer.attend_whole, layer.attend_windows)
    ]
    torch.testing.assert_close(*ways, rtol=1e-5, atol=1e-6)
