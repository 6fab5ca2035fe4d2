import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402


def build(**options):
    config = {"type": "solider_mm.CSPNeck", "in_channels": (8, 12, 16)}
    return MODELS.build(config | {"out_channels": 4} | options)


def maps(height=64, width=96, channels=(8, 12, 16), strides=(8, 16, 16)):
    return [
        torch.randn(2, c, -(-height // s), -(-width // s))
        for c, s in zip(channels, strides, strict=True)
    ]


def test_maps_are_upsampled_and_concatenated():
    (joined,) = build()(maps())
    assert joined.shape == (2, 12, 16, 24)


def test_published_kernels():
    first, second, third = build().upsampling
    assert (first.kernel_size, first.stride, first.padding) == ((4, 4), (2, 2), (1, 1))
    for layer in (second, third):
        assert (layer.kernel_size, layer.stride) == ((4, 4), (4, 4))
        assert layer.padding == (0, 0)


def test_cells_have_norm_ten():
    (joined,) = build()(maps())
    lengths = joined.unflatten(1, (3, 4)).norm(dim=2)
    torch.testing.assert_close(lengths, torch.full_like(lengths, 10.0))


def test_norms_are_learned():
    neck = build(l2_scale=3.0)
    (joined,) = neck(maps())
    joined.sum().backward()
    for norm in neck.norms:
        assert norm.weight.tolist() == [3.0] * 4
        assert norm.weight.grad.abs().sum() > 0


def test_maps_of_the_output_stride():
    neck = build(in_strides=(4, 8, 8))
    (joined,) = neck(maps(strides=(4, 8, 8)))
    assert joined.shape == (2, 12, 16, 24)


def test_maps_are_cropped_to_the_smallest():
    (joined,) = build()(maps(height=100, width=90))
    assert joined.shape == (2, 12, 26, 24)


def test_refuses_unsupported_strides():
    with pytest.raises(ValueError, match="in_stride is 32, expected 1, 2 or 4 times"):
        build(in_strides=(8, 16, 32))
    with pytest.raises(ValueError, match="differ in length: give one of each"):
        build(in_strides=(8, 16))
    with pytest.raises(ValueError, match="got 2 maps, expected 3"):
        build()(maps()[:2])
