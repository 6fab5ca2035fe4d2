import numpy as np
import pytest
import torch

from solider_mm.evaluation.reid.ranking import evaluate_ranking
from solider_mm.evaluation.semantic_weight.identity_retrieval import identity_retrieval


def test_agrees_with_the_reid_protocol():
    generator = torch.Generator().manual_seed(0)
    identities = torch.arange(6).repeat_interleave(4)
    cameras = torch.tensor([0, 0, 1, 1]).repeat(6)
    features = torch.randn(24, 5, generator=generator)
    result = identity_retrieval(features, identities, cameras, torch.zeros(5))
    unit = torch.nn.functional.normalize(features, dim=1)
    expected = evaluate_ranking(
        (2 - 2 * unit @ unit.T).numpy(),
        *(np.asarray(labels) for labels in (identities, identities, cameras, cameras)),
    )
    ones = torch.ones(1, 24, dtype=torch.float64)
    mean_ap = float(result.mean_average_precision(ones))
    assert mean_ap == pytest.approx(100 * expected["mAP"])
    assert float(result.rank1(ones)) == pytest.approx(100 * expected["cmc"][0])


def test_queries_without_a_match_do_not_count():
    features = torch.eye(3)
    identities, cameras = torch.tensor([0, 0, 1]), torch.tensor([0, 1, 0])
    result = identity_retrieval(features, identities, cameras, torch.zeros(3))
    counts = torch.tensor([[1.0, 1, 1], [1, 1, 9]], dtype=torch.float64)
    first, second = result.rank1(counts)
    assert first == second


def test_refuses_people_seen_by_one_camera():
    with pytest.raises(ValueError, match="another camera sees"):
        identity_retrieval(
            torch.eye(2), torch.tensor([0, 0]), torch.tensor([1, 1]), torch.zeros(2)
        )
