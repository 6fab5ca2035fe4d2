"""Seeds, steps and selection, on points on a line."""

import pytest
import torch

from solider_mm.functional.lloyd import best_of, describe_points, iterate, seed


def line(*places: float, copies: int = 1) -> torch.Tensor:
    """One image's points (1, L, C); C decides whether the table replaces them."""
    return torch.tensor(places).view(1, -1, 1).repeat(1, 1, copies)


@pytest.mark.parametrize("channels", [2, 40])
def test_products_and_powers(channels: int) -> None:
    points = torch.randn(3, 12, channels, dtype=torch.float64)
    mask = torch.rand(3, 12) < 0.7
    mask[:, 0] = True
    around = (points - points[:, :1]) * mask.unsqueeze(-1)
    weights = torch.randn(3, 5, 12, dtype=torch.float64)
    cloud = describe_points(points.masked_fill(~mask.unsqueeze(-1), torch.nan), mask)
    expected = weights @ around @ around.transpose(1, 2)
    torch.testing.assert_close(cloud.product(weights), expected)
    torch.testing.assert_close(cloud.power, around.square().sum(dim=-1))


@pytest.mark.parametrize("copies", [1, 9])
def test_one_step_moves_points_to_the_nearest_mean(copies: int) -> None:
    points = line(0.0, 1.0, 4.0, 9.0, 50.0, copies=copies)
    mask = torch.tensor([[True, True, True, True, False]])
    start = torch.tensor([[[0, 1, 1, 1, -1], [0, 0, 0, 1, -1]]])
    # restart 0: means 0 and 14/3; restart 1: means 5/3 and 9
    moved = iterate(start, describe_points(points, mask), 2, 1)
    assert moved.tolist() == [[[0, 0, 1, 1, -1], [0, 0, 0, 1, -1]]]


@pytest.mark.parametrize("copies", [1, 9])
def test_an_emptied_cluster_takes_the_farthest_point(copies: int) -> None:
    points = line(0.0, 1.0, 2.0, 9.0, copies=copies)
    cloud = describe_points(points, torch.ones(1, 4, dtype=torch.bool))
    moved = iterate(torch.zeros(1, 1, 4, dtype=torch.int64), cloud, 3, 1)
    assert moved.tolist() == [[[0, 0, 0, 1]]]
    moved = iterate(moved, cloud, 3, 1)
    assert len(moved.unique()) == 3


def test_nothing_to_fill_an_empty_cluster_with() -> None:
    cloud = describe_points(line(0.1, 0.1, 7.3), torch.ones(1, 3, dtype=torch.bool))
    assert iterate(torch.tensor([[[0, 0, 1]]]), cloud, 3, 5).tolist() == [[[0, 0, 1]]]


def test_best_restarts_come_first() -> None:
    cloud = describe_points(line(0.0, 1.0, 5.0), torch.ones(1, 3, dtype=torch.bool))
    # inertia 12.5, 0.5 and 8
    restarts = torch.tensor([[[0, 1, 0], [0, 0, 1], [0, 1, 1]]])
    best = best_of(restarts, cloud, 2, 2)
    assert best.tolist() == [[[0, 0, 1], [0, 1, 1]]]


def test_seeds_are_drawn_by_squared_distance() -> None:
    # first seed 0 for sure (its time is 0); then 1 or 3 with odds 1 to 9
    mask = torch.tensor([[True, True, True, False]])
    cloud = describe_points(line(0.0, 1.0, 3.0, 99.0), mask)
    race = torch.empty(20000, 2, 4).exponential_()
    race[:, 0, 0] = 0
    assignment = seed(cloud, race)[0]
    assert (assignment[:, 0] == 0).all() and (assignment[:, 3] == -1).all()
    far = (assignment[:, 1] == 0).double().mean()  # 1 joins 0 only if 3 was drawn
    assert far.item() == pytest.approx(0.9, abs=0.01)
