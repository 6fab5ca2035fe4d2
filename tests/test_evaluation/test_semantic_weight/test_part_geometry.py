import pytest
import torch

from solider_mm.evaluation.semantic_weight.part_geometry import part_geometry

ONES = torch.ones(1, 4, dtype=torch.float64)


def naive(tokens, parts, images):
    within, across = [], []
    for a, i in enumerate(images):
        for b, j in enumerate(images):
            for m, p in enumerate(parts[i]):
                for n, q in enumerate(parts[j]):
                    distance = float((tokens[i, m] - tokens[j, n]).norm())
                    if a == b and p != q and p * q > 0:
                        within.append(distance)
                    if i != j and p == q and p > 0:
                        across.append(distance)
    return (sum(within) / len(within)) / (sum(across) / len(across))


def test_agrees_with_plain_loops():
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(4, 6, 3, generator=generator)
    parts = torch.randint(0, 4, (4, 6), generator=generator)
    statistic = part_geometry(tokens, parts)
    assert float(statistic(ONES)) == pytest.approx(naive(tokens, parts, range(4)))
    resample = [0, 0, 2, 3]
    counts = torch.tensor([[2.0, 0, 1, 1]], dtype=torch.float64)
    expected = naive(tokens, parts, resample)
    assert float(statistic(counts)) == pytest.approx(expected)


def test_rises_when_tokens_follow_parts():
    generator = torch.Generator().manual_seed(0)
    parts = torch.tensor([[1, 1, 2, 2, 3, 3]]).expand(4, 6)
    noise = torch.randn(4, 6, 8, generator=generator)
    directions = 5 * torch.eye(8)[parts]
    plain = float(part_geometry(noise, parts)(ONES))
    semantic = float(part_geometry(noise + directions, parts)(ONES))
    assert plain == pytest.approx(1, abs=0.15)
    assert semantic > 1.5 * plain


def test_scale_and_shift_do_not_matter():
    tokens = torch.randn(4, 6, 3, generator=torch.Generator().manual_seed(0))
    parts = torch.tensor([[0, 1, 1, 2, 2, 3]]).expand(4, 6)
    first = part_geometry(tokens, parts)(ONES)
    second = part_geometry(3 * tokens + 7, parts)(ONES)
    assert float(first) == pytest.approx(float(second), rel=1e-4)


def test_refuses_images_without_two_parts():
    with pytest.raises(ValueError, match="ρ is undefined"):
        part_geometry(torch.randn(4, 6, 3), torch.ones(4, 6).long())
    with pytest.raises(ValueError, match="flatten the maps"):
        part_geometry(torch.randn(4, 3, 2, 3), torch.ones(4, 6).long())
