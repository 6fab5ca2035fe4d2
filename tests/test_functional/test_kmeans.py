"""k-means against brute force, a naive loop and scikit-learn."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from torch import Tensor

from solider_mm.functional.kmeans import (
    best_of,
    describe_points,
    iterate,
    kmeans,
    seed,
    two_means_1d,
)


def split_error(values: Tensor, upper: Tensor) -> float:
    groups = [values[upper].double(), values[~upper].double()]
    return sum(((g - g.mean()) ** 2).sum().item() for g in groups if len(g))


def inertia(points: Tensor, assignment: Tensor, mask: Tensor) -> float:
    points, assignment = points[mask].double(), assignment[mask]
    groups = [points[assignment == k] for k in assignment.unique()]
    return sum(((g - g.mean(dim=0)) ** 2).sum().item() for g in groups)


def least_error(values: Tensor) -> float:
    """Try every subset, thresholds or not."""
    flags = itertools.product((False, True), repeat=len(values))
    return min(split_error(values, torch.tensor(f)) for f in flags if any(f))


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class TestTwoMeans:
    @pytest.mark.parametrize("length", [2, 3, 7, 9])
    def test_no_split_of_any_kind_is_better(self, length: int) -> None:
        values = torch.randn(6, length)
        upper = two_means_1d(values)
        assert upper.dtype == torch.bool
        for row, flags in zip(values, upper, strict=True):
            assert split_error(row, flags) == pytest.approx(least_error(row), rel=1e-9)
            assert row[flags].min() > row[~flags].max()

    @pytest.mark.parametrize("offset", [0.0, 27.7, 1e4])
    def test_no_threshold_is_better_on_long_rows(self, offset: float) -> None:
        values = torch.randn(4, 200, dtype=torch.float64).exp() + offset
        upper = two_means_1d(values)
        for row, flags in zip(values, upper, strict=True):
            best = min(split_error(row, row >= cut) for cut in row.sort().values[1:])
            assert split_error(row, flags) == pytest.approx(best, rel=1e-9)

    def test_hand_worked_rows(self) -> None:
        values = torch.tensor([[1.0, 9.0, 2.0, 8.0], [1.0, 1.0, 1.0, 9.0]])
        expected = [[False, True, False, True], [False, False, False, True]]
        assert two_means_1d(values).tolist() == expected

    def test_of_equal_splits_the_lowest_threshold_wins(self) -> None:
        # {0}|{1, 2} and {0, 1}|{2} both leave an error of 0.5, at any scale and offset
        for scale, offset in itertools.product((0.1, 1.0, 3.7), (0.0, 0.3, 27.71)):
            values = torch.tensor([[0.0, 1.0, 2.0]], dtype=torch.float64)
            upper = two_means_1d(values * scale + offset)
            assert upper.tolist() == [[False, True, True]]

    def test_equal_values_stay_together(self) -> None:
        values = torch.tensor([[1.0, 1.0, 1.0, 1.0, 1.1, 1.1]])
        assert two_means_1d(values).tolist() == [[False] * 4 + [True] * 2]

    @pytest.mark.parametrize(
        "row",
        [
            [3.0] * 5,
            [0.0] * 5,
            [27.7, 27.7 + 2e-6, 27.7, 27.7, 27.7],  # one unit in the last place
            [1.0, 2.0, float("nan"), 4.0, 5.0],
            [1.0, 2.0, float("inf"), 4.0, 5.0],
        ],
    )
    def test_rows_without_two_clusters_are_all_lower(self, row: list[float]) -> None:
        values = torch.tensor([row, [0.0, 0.0, 0.0, 0.0, 1.0]])
        upper = two_means_1d(values)
        assert not upper[0].any()
        assert upper[1].tolist() == [False] * 4 + [True]

    @pytest.mark.parametrize("shape", [(0, 5), (3, 0), (3, 1)])
    def test_empty_and_short_rows_are_not_split(self, shape: tuple[int, int]) -> None:
        upper = two_means_1d(torch.ones(shape))
        assert upper.shape == shape and not upper.any()

    def test_half_precision_is_exact_on_its_own_values(self) -> None:
        values = torch.rand(5, 32).half()
        assert torch.equal(two_means_1d(values), two_means_1d(values.float()))

    def test_bad_input(self) -> None:
        with pytest.raises(TypeError, match=r"values has type torch\.int64, expected"):
            two_means_1d(torch.ones(2, 3, dtype=torch.int64))
        with pytest.raises(ValueError, match=r"shape \(3,\), expected \(B, L\)"):
            two_means_1d(torch.ones(3))


def naive_kmeans(points: np.ndarray, centers: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        distance = ((points[:, None] - centers[None]) ** 2).sum(-1)
        labels = distance.argmin(axis=1)
        centers = np.stack([points[labels == k].mean(0) for k in range(len(centers))])
    return labels


class TestKmeans:
    @pytest.mark.parametrize("channels", [3, 40])  # with and without the L×L table
    def test_result_is_a_fixed_point_of_the_naive_loop(self, channels: int) -> None:
        points = torch.randn(5, 24, channels)
        mask = torch.rand(5, 24) < 0.8
        labels = kmeans(points, mask, 4, max_iterations=50, generator=seeded(0))
        for image, label, flags in zip(points, labels, mask, strict=True):
            inside, found = image[flags].double().numpy(), label[flags].numpy()
            centers = np.stack([inside[found == k].mean(0) for k in range(4)])
            assert (naive_kmeans(inside, centers, 3) == found).all()

    @pytest.mark.parametrize("channels", [4, 40])
    def test_never_worse_than_scikit_learn(self, channels: int) -> None:
        points = torch.randn(6, 20, channels)
        mask = torch.rand(6, 20) < 0.7
        labels = kmeans(points, mask, 3, generator=seeded(0))
        ratios = []
        for image, label, flags in zip(points, labels, mask, strict=True):
            fit = KMeans(3, n_init=10, random_state=0).fit(image[flags].numpy())
            ratios.append(inertia(image, label, flags) / fit.inertia_)
        assert np.mean(ratios) <= 1.002

    def test_close_to_the_optimum_of_small_sets(self) -> None:
        points = torch.randn(3, 7, 2)
        mask = torch.ones(3, 7, dtype=torch.bool)
        labels = kmeans(points, mask, 3, generator=seeded(0))
        every = [torch.tensor(a) for a in itertools.product(range(3), repeat=7)]
        for image, label in zip(points, labels, strict=True):
            best = min(inertia(image, a, mask[0]) for a in every)
            # Lloyd's iterations may rest a little above it
            assert inertia(image, label, mask[0]) <= best * 1.005

    def test_large_common_offset_does_no_harm(self) -> None:
        points = torch.randint(0, 64, (4, 24, 16)).float()
        mask = torch.ones(4, 24, dtype=torch.bool)
        plain = kmeans(points, mask, 3, generator=seeded(0))
        moved = kmeans(points + 2.0**17, mask, 3, generator=seeded(0))
        assert torch.equal(plain, moved)

    @pytest.mark.parametrize("channels", [4, 40])
    def test_points_out_of_the_mask_have_no_influence(self, channels: int) -> None:
        points = torch.randn(3, 20, channels)
        mask = torch.rand(3, 20) < 0.6
        labels = kmeans(points, mask, 3, generator=seeded(0))
        spoiled = points.masked_fill(~mask.unsqueeze(-1), float("nan"))
        assert torch.equal(labels, kmeans(spoiled, mask, 3, generator=seeded(0)))
        assert not labels[~mask].any()

    @pytest.mark.parametrize("channels", [4, 40])
    def test_images_do_not_see_their_neighbors(self, channels: int) -> None:
        points = torch.randn(6, 20, channels)
        mask = torch.rand(6, 20) < 0.8
        together = kmeans(points, mask, 3, generator=seeded(0))
        order = torch.tensor([3, 0, 5, 1, 4, 2])
        shuffled = kmeans(points[order], mask[order], 3, generator=seeded(0))
        assert torch.equal(shuffled, together[order])
        for index in range(6):
            one = slice(index, index + 1)
            alone = kmeans(points[one], mask[one], 3, generator=seeded(0))
            assert torch.equal(alone, together[one])

    def test_deterministic_under_a_generator(self) -> None:
        points, mask = torch.randn(4, 40, 8), torch.ones(4, 40, dtype=torch.bool)
        first = kmeans(points, mask, 5, num_restarts=1, generator=seeded(1))
        again = kmeans(points, mask, 5, num_restarts=1, generator=seeded(1))
        other = kmeans(points, mask, 5, num_restarts=1, generator=seeded(2))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)

    def test_restarts_only_help(self) -> None:
        points, mask = torch.randn(8, 40, 4), torch.ones(8, 40, dtype=torch.bool)
        errors = []
        for restarts in (1, 64):
            labels = kmeans(points, mask, 6, num_restarts=restarts, generator=seeded(0))
            triples = zip(points, labels, mask, strict=True)
            errors.append(sum(inertia(*triple) for triple in triples))
        assert errors[1] < errors[0]

    @pytest.mark.parametrize("channels", [1, 40])
    def test_fewer_different_points_than_clusters(self, channels: int) -> None:
        points = torch.ones(1, 9, channels) * 0.1
        points[:, 4:] = 0.7
        points[:, 8] = -30.3
        mask = torch.ones(1, 9, dtype=torch.bool)
        labels = kmeans(points, mask, 6, generator=seeded(0))[0].tolist()
        assert len(set(labels)) == 3
        assert len(set(labels[:4])) == len(set(labels[4:8])) == 1

    @pytest.mark.parametrize("channels", [1, 40])
    def test_equal_points_are_one_cluster(self, channels: int) -> None:
        points = torch.full((2, 7, channels), 0.1)
        mask = torch.ones(2, 7, dtype=torch.bool)
        labels = kmeans(points, mask, 3, generator=seeded(0))
        assert (labels == labels[:, :1]).all()

    @pytest.mark.parametrize("clusters", [2, 5, 8])
    def test_no_cluster_is_empty_if_points_suffice(self, clusters: int) -> None:
        points = torch.randn(50, 9, 3)
        mask = torch.ones(50, 9, dtype=torch.bool)
        labels = kmeans(points, mask, clusters, num_restarts=2, generator=seeded(0))
        assert all(len(row.unique()) == clusters for row in labels)

    def test_empty_mask_empty_batch_and_no_points(self) -> None:
        none = torch.zeros(2, 5, dtype=torch.bool)
        assert not kmeans(torch.full((2, 5, 3), float("nan")), none, 3).any()
        assert kmeans(torch.ones(0, 5, 3), none[:0], 3).shape == (0, 5)
        assert kmeans(torch.ones(2, 0, 3), none[:, :0], 3).shape == (2, 0)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_other_precisions(self, dtype: torch.dtype) -> None:
        points = torch.randn(3, 20, 8).to(dtype)
        mask = torch.ones(3, 20, dtype=torch.bool)
        labels = kmeans(points, mask, 3, generator=seeded(0))
        assert torch.equal(labels, kmeans(points.float(), mask, 3, generator=seeded(0)))

    def test_autocast_changes_nothing(self) -> None:
        points, mask = torch.randn(3, 20, 8), torch.ones(3, 20, dtype=torch.bool)
        labels = kmeans(points, mask, 3, generator=seeded(0))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(labels, kmeans(points, mask, 3, generator=seeded(0)))

    @pytest.mark.parametrize("channels", [4, 40])
    def test_nothing_is_read_back(self, channels: int) -> None:
        points = torch.empty(3, 20, channels, device="meta")  # has no values to read
        mask = torch.empty(3, 20, dtype=torch.bool, device="meta")
        assert kmeans(points, mask, 3, generator=seeded(0)).shape == (3, 20)

    @pytest.mark.gpu
    def test_cuda_gives_the_same_labels_without_a_round_trip(self) -> None:
        points = torch.randn(8, 32, 64, dtype=torch.float64)
        mask = torch.rand(8, 32) < 0.8
        labels = kmeans(points, mask, 3, generator=seeded(0))
        on_gpu, mask_on_gpu = points.cuda(), mask.cuda()
        torch.cuda.set_sync_debug_mode("error")
        try:
            found = kmeans(on_gpu, mask_on_gpu, 3, generator=seeded(0))
        finally:
            torch.cuda.set_sync_debug_mode("default")
        assert torch.equal(found.cpu(), labels)

    def test_bad_input(self) -> None:
        points, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
        with pytest.raises(TypeError, match=r"points has type torch\.int64"):
            kmeans(points.long(), mask, 3)
        with pytest.raises(
            ValueError, match=r"points has shape .* expected \(B, L, C\)"
        ):
            kmeans(points[0], mask, 3)
        with pytest.raises(ValueError, match=r"mask is torch\.bool \(2, 4\), expected"):
            kmeans(points, mask[:, 1:], 3)
        with pytest.raises(ValueError, match=r"mask is torch\.float32"):
            kmeans(points, mask.float(), 3)
        with pytest.raises(ValueError, match="num_clusters=0: expected 1 or more"):
            kmeans(points, mask, 0)
        with pytest.raises(ValueError, match="max_iterations=0: expected 1 or more"):
            kmeans(points, mask, 3, max_iterations=0)


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


def test_empty_cluster_stays_empty_if_points_are_equal() -> None:
    cloud = describe_points(line(0.1, 0.1, 7.3), torch.ones(1, 3, dtype=torch.bool))
    assert iterate(torch.tensor([[[0, 0, 1]]]), cloud, 3, 5).tolist() == [[[0, 0, 1]]]


def test_best_restarts_come_first() -> None:
    cloud = describe_points(line(0.0, 1.0, 5.0), torch.ones(1, 3, dtype=torch.bool))
    # inertia 12.5, 0.5 and 8
    restarts = torch.tensor([[[0, 1, 0], [0, 0, 1], [0, 1, 1]]])
    best = best_of(restarts, cloud, 2, 2)
    assert best.tolist() == [[[0, 0, 1], [0, 1, 1]]]


def test_seeds_are_sampled_by_squared_distance() -> None:
    # first seed 0 for sure (its time is 0); then 1 or 3 with odds 1 to 9
    mask = torch.tensor([[True, True, True, False]])
    cloud = describe_points(line(0.0, 1.0, 3.0, 99.0), mask)
    race = torch.empty(20000, 2, 4).exponential_()
    race[:, 0, 0] = 0
    assignment = seed(cloud, race)[0]
    assert (assignment[:, 0] == 0).all() and (assignment[:, 3] == -1).all()
    far = (assignment[:, 1] == 0).double().mean()  # 1 joins 0 only if 3 was chosen
    assert far.item() == pytest.approx(0.9, abs=0.01)
