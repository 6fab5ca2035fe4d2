import pytest
import torch

from solider_mm.functional.token_similarity import token_similarity


def test_agrees_with_cosines_of_centered_tokens():
    maps = torch.randn(2, 5, 3, 4)
    similarity = token_similarity(maps, 1, 2, 0)
    centered = maps - maps.mean((0, 2, 3), keepdim=True)
    expected = torch.cosine_similarity(centered[0, :, 1, 3], centered[1, :, 2, 0], 0)
    assert similarity.shape == (2, 3, 4)
    assert float(similarity[0, 1, 3]) == pytest.approx(float(expected), abs=1e-6)
    assert float(similarity[1, 2, 0]) == pytest.approx(1)
