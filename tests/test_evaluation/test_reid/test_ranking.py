import numpy as np
import pytest
import torch

from solider_mm.evaluation.reid.ranking import (
    Labels,
    evaluate_ranking,
    rank_gallery,
    score_matches,
    squared_distances,
    summarize_scores,
)

LABELS = ("query_pid", "gallery_pid", "query_camid", "gallery_camid")


@pytest.fixture(scope="module")
def golden(golden_dir):
    with np.load(golden_dir / "reid_metrics.npz") as data:
        return dict(data)


def plain_scores(distance, query_ids, gallery_ids, query_cameras, gallery_cameras):
    """Scores computed query by query from the definition."""
    precision, hardest, first = [], [], []
    for row, person, camera in zip(distance, query_ids, query_cameras, strict=True):
        order = np.argsort(row, kind="stable")
        same = gallery_ids[order] == person
        hits = same[~(same & (gallery_cameras[order] == camera))]
        ranks = np.flatnonzero(hits) + 1
        if len(ranks) == 0:
            precision.append(np.nan)
            continue
        precision.append(np.mean([(k + 1) / rank for k, rank in enumerate(ranks)]))
        hardest.append(len(ranks) / ranks[-1])
        first.append(ranks[0])
    return np.array(precision), np.mean(hardest), np.array(first)


def random_problem(rng, num_queries, num_gallery, levels=None):
    distance = rng.random((num_queries, num_gallery))
    if levels:
        distance = np.floor(distance * levels)
    sizes = (num_queries, num_gallery)
    ids = [rng.integers(0, 9, size) for size in sizes]
    cameras = [rng.integers(0, 4, size) for size in sizes]
    return distance, *ids, *cameras


class TestEvaluateRanking:
    def test_hand_computed_example(self):
        """Order 0, 2, 3, 1; image 2 has the query's camera: matches at 1 and 3."""
        result = evaluate_ranking(
            [[0.1, 0.9, 0.2, 0.3]], [7], [7, 7, 7, 8], [0], [1, 2, 0, 0], max_rank=5
        )
        assert result["mAP"] == pytest.approx((1 + 2 / 3) / 2)
        assert result["mINP"] == pytest.approx(2 / 3)
        assert result["cmc"].tolist() == [1] * 5

    def test_matches_official_scores(self, golden):
        result = evaluate_ranking(golden["distmat"], *(golden[k] for k in LABELS))
        assert result["mAP"] == pytest.approx(golden["mAP"], abs=1e-6)
        np.testing.assert_allclose(result["cmc"], golden["cmc"], atol=1e-6)
        np.testing.assert_allclose(
            result["average_precision"], golden["per_query_ap"], atol=1e-6
        )

    def test_matches_official_scores_without_normalization(self, golden):
        features = (torch.from_numpy(golden[f"{k}_feat"]) for k in ("query", "gallery"))
        distance = squared_distances(*features)
        result = evaluate_ranking(distance, *(golden[k] for k in LABELS))
        assert result["mAP"] == pytest.approx(golden["nonorm_mAP"], abs=1e-6)
        np.testing.assert_allclose(result["cmc"], golden["nonorm_cmc"], atol=1e-6)

    @pytest.mark.parametrize("levels", [None, 5])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64])
    def test_matches_naive_loop(self, levels, dtype):
        """More queries than one chunk; with `levels`, most distances are tied."""
        distance, *labels = random_problem(np.random.default_rng(1), 300, 60, levels)
        distance = (distance - 0.5).astype(dtype)
        precision, hardest, first = plain_scores(distance, *labels)
        result = evaluate_ranking(distance, *labels, max_rank=20)
        np.testing.assert_allclose(
            result["average_precision"], precision, rtol=1e-12, equal_nan=True
        )
        assert result["mINP"] == pytest.approx(hardest, rel=1e-12)
        curve = [(first <= rank).mean() for rank in range(1, 21)]
        np.testing.assert_allclose(result["cmc"], curve, rtol=1e-12)

    def test_short_gallery_extends_curve(self):
        result = evaluate_ranking([[2.0, 1.0]], [1], [1, 2], [0], [1, 1])
        assert result["cmc"].shape == (50,)
        assert result["cmc"][:3].tolist() == [0, 1, 1]
        assert result["cmc"][-1] == 1

    def test_ignores_queries_without_match(self):
        result = evaluate_ranking(
            [[1.0, 2.0], [1.0, 2.0]], [1, 3], [1, 2], [0, 0], [1, 1]
        )
        assert result["mAP"] == 1
        assert np.isnan(result["average_precision"]).tolist() == [False, True]

    def test_refuses_split_without_match(self):
        with pytest.raises(ValueError, match=r"none of the 1 queries has a match"):
            evaluate_ranking([[1.0, 2.0]], [1], [1, 2], [0], [0, 1])

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"distance": [1.0]}, ValueError, r"distance has shape \(1,\)"),
            ({"distance": np.zeros((1, 0))}, ValueError, r"at least one of each"),
            ({"distance": [[np.nan, 1.0]]}, ValueError, r"1 of 2 distances are not"),
            ({"gallery_ids": [1]}, ValueError, r"gallery ids have shape \(1,\)"),
            ({"query_cameras": [0.5]}, TypeError, r"query cameras are of type float64"),
            ({"max_rank": 0}, ValueError, r"max_rank is 0"),
        ],
    )
    def test_refuses_invalid_input(self, change, error, message):
        arguments = {
            "distance": [[1.0, 2.0]],
            "query_ids": [1],
            "gallery_ids": [1, 2],
            "query_cameras": [0],
            "gallery_cameras": [1, 1],
        }
        with pytest.raises(error, match=message):
            evaluate_ranking(**(arguments | change))


class TestRankGallery:
    def test_moves_same_camera_images_to_the_end(self):
        query = Labels(torch.tensor([5]), torch.tensor([0]))
        gallery = Labels(torch.tensor([5, 5, 6]), torch.tensor([0, 1, 0]))
        ranked = rank_gallery(torch.tensor([[0.0, 2.0, 1.0]]), query, gallery)
        assert ranked.order.tolist() == [[2, 1, 0]]
        assert ranked.is_match.tolist() == [[False, True, False]]
        assert ranked.num_kept.tolist() == [2]


def test_squared_distances_match_cdist():
    query, gallery = torch.randn(4, 8).double(), torch.randn(6, 8).double()
    expected = torch.cdist(query, gallery).square()
    torch.testing.assert_close(squared_distances(query, gallery), expected)
    assert squared_distances(query.float(), query.float()).min() >= 0


def test_scores_of_hand_computed_example():
    scores = score_matches(
        torch.tensor([[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]).bool()
    )
    expected = torch.tensor([(1 / 2 + 2 / 4) / 2, torch.nan, 1]).double()
    torch.testing.assert_close(scores.average_precision, expected, equal_nan=True)
    expected = torch.tensor([2 / 4, torch.nan, 1]).double()
    torch.testing.assert_close(scores.inverse_penalty, expected, equal_nan=True)
    assert scores.first_rank.tolist() == [2, 0, 1]


def test_scores_chunk_without_match():
    scores = score_matches(torch.zeros(2, 3, dtype=torch.bool))
    assert scores.average_precision.isnan().all()
    assert scores.first_rank.tolist() == [0, 0]


def test_summary_is_independent_of_chunks():
    hits = torch.rand(50, 30) < 0.05
    whole = summarize_scores([score_matches(hits)], 10)
    parts = summarize_scores([score_matches(part) for part in hits.split(7)], 10)
    assert parts["mAP"] == pytest.approx(whole["mAP"], rel=1e-12)
    assert parts["mINP"] == pytest.approx(whole["mINP"], rel=1e-12)
    assert parts["cmc"].tolist() == whole["cmc"].tolist()


def test_cmc_counts_first_matches():
    hits = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]]).bool()
    summary = summarize_scores([score_matches(hits)], 2)
    assert summary["cmc"].tolist() == pytest.approx([1 / 3, 2 / 3])
