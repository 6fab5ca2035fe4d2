"""All sizes of images in one pass against a pass for each size."""

import pytest
import torch
from torch import Tensor

from solider_mm.models.backbones import SOLIDERSwin

ARCH = dict(embed_dims=8, depths=(2, 1, 2), num_heads=(1, 2, 4))


def _inputs() -> tuple[list[Tensor], list[Tensor]]:
    generator = torch.Generator().manual_seed(0)
    sizes = [(3, 72, 40), (2, 32, 16), (1, 33, 18)]
    images = [torch.randn(n, 3, h, w, generator=generator) for n, h, w in sizes]
    return images, [torch.rand(len(some), generator=generator) for some in images]


def _gradients(backbone: SOLIDERSwin, maps: list[Tensor]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    factors = [torch.randn(values.shape, generator=generator) for values in maps]
    loss = sum((v * f).sum() for v, f in zip(maps, factors, strict=True))
    return list(torch.autograd.grad(loss, list(backbone.parameters())))


@pytest.mark.parametrize("with_cp", [False, True])
@pytest.mark.parametrize("strides", [(4, 2, 2), (4, 2, 1), (3, 2, 2)])
def test_maps_and_gradients_are_those_of_each_size_alone(
    strides: tuple[int, ...], with_cp: bool
) -> None:
    backbone = SOLIDERSwin(
        arch=ARCH, window_size=4, strides=strides, drop_path_rate=0.0, with_cp=with_cp
    )
    images, weights = _inputs()
    alone = [backbone(*pair)[-1] for pair in zip(images, weights, strict=True)]
    together = backbone.forward_sizes(images, weights)
    for ours, expected in zip(together, alone, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)
    expected_gradients = _gradients(backbone, alone)
    for ours, expected in zip(
        _gradients(backbone, together), expected_gradients, strict=True
    ):
        scale = expected.abs().max().item()
        torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-4 * scale)


def test_autocast_is_as_close_to_float32_as_without_packing() -> None:
    backbone = SOLIDERSwin(arch=ARCH, window_size=4, drop_path_rate=0.0)
    images, weights = _inputs()
    with torch.no_grad():
        exact = backbone.forward_sizes(images, weights)
        with torch.autocast("cpu", torch.bfloat16):
            ours = backbone.forward_sizes(images, weights)
            other = [backbone(*pair)[-1] for pair in zip(images, weights, strict=True)]
    for own, autocast, expected in zip(ours, other, exact, strict=True):
        error = (own.float() - expected).square().mean().sqrt()
        usual = (autocast.float() - expected).square().mean().sqrt()
        assert error < 1.25 * usual < 0.05


def test_a_dropped_branch_is_left_out_of_all_tokens_of_an_image() -> None:
    backbone = SOLIDERSwin(arch=ARCH, window_size=4, drop_path_rate=0.5)
    images = [
        torch.randn(1, 3, 32, 16).expand(400, -1, -1, -1),
        torch.randn(2, 3, 16, 8),
    ]
    weights = [torch.zeros(400), torch.zeros(2)]
    with torch.no_grad():
        maps = backbone.train().forward_sizes(images, weights)[0]
        # Four of the five blocks have a positive rate: 2^8 ways to drop branches.
        distinct = torch.unique(maps.flatten(1).round(decimals=4), dim=0)
        assert 20 < len(distinct) <= 256
        kept = backbone.eval().forward_sizes(images, weights)[0]
        assert len(torch.unique(kept.flatten(1).round(decimals=4), dim=0)) == 1


def test_images_smaller_than_a_patch_are_refused() -> None:
    backbone = SOLIDERSwin(arch=ARCH, window_size=4)
    with pytest.raises(ValueError, match="at least one patch"):
        backbone.forward_sizes([torch.randn(1, 3, 2, 2)], [torch.zeros(1)])
