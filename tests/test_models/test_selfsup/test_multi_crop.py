"""Views of several resolutions through one backbone."""

import torch
from torch import Tensor

from solider_mm.models.selfsup.multi_crop import encode_views, pool


class _Backbone(torch.nn.Module):
    """Returns images scaled by their λ, and keeps their sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, ...]] = []

    def forward_sizes(
        self, images: list[Tensor], semantic_weights: list[Tensor]
    ) -> list[Tensor]:
        self.sizes += [tuple(some.shape) for some in images]
        return [
            some * weight.view(-1, 1, 1, 1)
            for some, weight in zip(images, semantic_weights, strict=True)
        ]


def test_neighbors_of_equal_size_are_one_batch() -> None:
    sizes = [(2, 8, 4), (3, 8, 4), (3, 4, 2), (3, 4, 2), (3, 8, 4)]
    views = [torch.randn(n, 3, h, w) for n, h, w in sizes]
    weights = [torch.rand(len(view)) for view in views]
    backbone = _Backbone()
    maps = encode_views(backbone, views, weights)
    assert backbone.sizes == [(5, 3, 8, 4), (6, 3, 4, 2), (3, 3, 8, 4)]
    for view, weight, view_map in zip(views, weights, maps, strict=True):
        torch.testing.assert_close(view_map, view * weight.view(-1, 1, 1, 1))


def test_an_empty_view_passes() -> None:
    views = [torch.randn(0, 3, 8, 4), torch.randn(2, 3, 8, 4)]
    maps = encode_views(_Backbone(), views, [torch.ones(0), torch.ones(2)])
    assert [len(view_map) for view_map in maps] == [0, 2]


def test_pool_averages_tokens() -> None:
    maps = [torch.arange(8.0).view(1, 2, 2, 2), torch.ones(2, 2, 1, 1)]
    expected = torch.tensor([[1.5, 5.5], [1, 1], [1, 1]])
    torch.testing.assert_close(pool(maps), expected)
