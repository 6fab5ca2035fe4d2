import pytest
import torch

from solider_mm.evaluation.semantic_weight.linear_probe import (
    PRIOR,
    few_label_part_probe,
    fit_linear,
    part_probe,
    standardize,
)

ONES = torch.ones(1, 20, dtype=torch.float64)


def tokens_of(parts, seed, noise):
    generator = torch.Generator().manual_seed(seed)
    directions = torch.eye(8)[parts]
    return directions + noise * torch.randn(directions.shape, generator=generator)


def parts_of(seed):
    return torch.randint(0, 4, (20, 12), generator=torch.Generator().manual_seed(seed))


def test_part_probe_finds_separable_parts():
    fit, test = parts_of(0), parts_of(1)
    good = part_probe(tokens_of(fit, 2, 0.05), fit, tokens_of(test, 3, 0.05), test)
    poor = part_probe(tokens_of(fit, 2, 9.0), fit, tokens_of(test, 3, 9.0), test)
    assert float(good(ONES)) == pytest.approx(100)
    assert float(poor(ONES)) < 30


def test_few_labels_reach_less_than_many():
    fit, test = parts_of(0), parts_of(1)
    data = tokens_of(fit, 2, 0.6), fit, tokens_of(test, 3, 0.6), test
    few = float(few_label_part_probe(*data, 2)(ONES))
    assert 30 < few < float(part_probe(*data)(ONES))


def test_part_probe_counts_images_as_often_as_resampled():
    fit, test = parts_of(0), parts_of(1)
    tokens = tokens_of(test, 3, 0.05)
    tokens[0] = tokens_of(3 - test[:1], 3, 0.05)[0]  # the first image is all wrong
    statistic = part_probe(tokens_of(fit, 2, 0.05), fit, tokens, test)
    without = torch.cat([torch.zeros(1, 1), torch.ones(1, 19)], 1).double()
    assert float(statistic(without)) == pytest.approx(100)
    assert float(statistic(ONES)) < 99


def test_few_labels_cannot_be_more_than_there_are():
    parts = parts_of(0)
    tokens = tokens_of(parts, 2, 0.1)
    for number in (0, 21):
        with pytest.raises(ValueError, match=f"{number} labeled images: expected 1 to"):
            few_label_part_probe(tokens, parts, tokens, parts, number)


def test_all_labels_at_once_equal_the_part_probe():
    fit, test = parts_of(0), parts_of(1)
    data = tokens_of(fit, 2, 0.6), fit, tokens_of(test, 3, 0.6), test
    all_at_once = float(few_label_part_probe(*data, 20)(ONES))
    assert all_at_once == pytest.approx(float(part_probe(*data)(ONES)), abs=0.5)


def test_penalty_follows_the_number_of_labeled_images():
    sklearn = pytest.importorskip("sklearn.linear_model")
    parts = parts_of(0)
    tokens = tokens_of(parts, 2, 0.6)
    flat, _ = standardize(tokens.flatten(0, 1), tokens)
    layer = fit_linear(flat, parts.flatten(), 4, PRIOR / len(parts))
    # The sum of losses plus |w|² / (2 C); a mean over tokens has their number less.
    strength = len(parts) / (PRIOR * len(flat))
    other = sklearn.LogisticRegression(C=strength, tol=1e-8, max_iter=1000)
    other.fit(flat.numpy(), parts.flatten().numpy())
    torch.testing.assert_close(
        layer.weight, torch.from_numpy(other.coef_).float(), atol=2e-3, rtol=0
    )
