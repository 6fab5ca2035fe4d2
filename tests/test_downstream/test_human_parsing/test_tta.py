import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing.tta import (  # noqa: E402
    fuse_mirrored,
    mean_over_scales,
    mirrored_order,
    scaled_size,
)

PAIRS = [(14, 15), (16, 17), (18, 19)]


def test_golden_multi_scale_flip(golden_dir):
    data = np.load(golden_dir / "parsing_metrics.npz")
    order = mirrored_order(20, data["flip_pairs"].tolist())
    assert order == data["flip_channel_order"].tolist()
    size = tuple(data["ms_crop_size"].tolist())
    plain, fused = [], []
    for scale in ("0.5", "1", "1.5"):
        pair = torch.from_numpy(data[f"ms_logits_{scale}"])
        plain.append(pair[:1])
        fused.append(fuse_mirrored(pair[:1], pair[1:], order))
    for name, views in (("ms", fused), ("noflip", plain[1:2])):
        mean = mean_over_scales(views, size)[0]
        expected = torch.from_numpy(data[f"{name}_fused_logits"]).permute(2, 0, 1)
        assert (mean - expected).abs().max() < 1e-6
        np.testing.assert_array_equal(mean.argmax(0).numpy(), data[f"{name}_parsing"])


def test_fusing_is_symmetric():
    """Results of an image and its mirrored copy are mirrored."""
    order = mirrored_order(20, PAIRS)
    a, b = torch.randn(2, 1, 20, 4, 6)
    there = fuse_mirrored(a, b, order)
    back = fuse_mirrored(b, a, order)
    torch.testing.assert_close(there.flip(3)[:, order], back)


def test_sizes_are_rounded_down():
    assert scaled_size((572, 384), 0.75) == (429, 288)
    assert scaled_size((128, 85), 0.5) == (64, 42)


@pytest.mark.parametrize("pairs", [[(14, 20)], [(1, 2), (2, 3)], [(4, 4)]])
def test_refuses_invalid_pairs(pairs):
    with pytest.raises(ValueError, match="pairs of different classes below 20"):
        mirrored_order(20, pairs)
