import pytest
import torch

from solider_mm.evaluation.reid.ranking_scores import score_hits, summarize_scores


def test_scores_by_hand():
    scores = score_hits(torch.tensor([[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]).bool())
    expected = torch.tensor([(1 / 2 + 2 / 4) / 2, torch.nan, 1]).double()
    torch.testing.assert_close(scores.average_precision, expected, equal_nan=True)
    expected = torch.tensor([2 / 4, torch.nan, 1]).double()
    torch.testing.assert_close(scores.inverse_penalty, expected, equal_nan=True)
    assert scores.first_rank.tolist() == [2, 0, 1]


def test_no_match_in_a_chunk():
    scores = score_hits(torch.zeros(2, 3, dtype=torch.bool))
    assert scores.average_precision.isnan().all()
    assert scores.first_rank.tolist() == [0, 0]


def test_chunks_make_no_difference():
    hits = torch.rand(50, 30) < 0.05
    whole = summarize_scores([score_hits(hits)], 10)
    parts = summarize_scores([score_hits(part) for part in hits.split(7)], 10)
    assert parts["mAP"] == pytest.approx(whole["mAP"], rel=1e-12)
    assert parts["mINP"] == pytest.approx(whole["mINP"], rel=1e-12)
    assert parts["cmc"].tolist() == whole["cmc"].tolist()


def test_curve_counts_first_matches_up_to_a_rank():
    hits = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0]]).bool()
    summary = summarize_scores([score_hits(hits)], 2)
    assert summary["cmc"].tolist() == pytest.approx([1 / 3, 2 / 3])
