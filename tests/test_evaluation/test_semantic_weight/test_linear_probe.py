import pytest
import torch

from solider_mm.evaluation.semantic_weight.linear_probe import (
    attribute_probe,
    few_label_part_probe,
    part_probe,
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
    few = float(few_label_part_probe(*data)(ONES))
    assert 30 < few < float(part_probe(*data)(ONES))


def test_part_probe_counts_images_as_often_as_resampled():
    fit, test = parts_of(0), parts_of(1)
    tokens = tokens_of(test, 3, 0.05)
    tokens[0] = tokens_of(3 - test[:1], 3, 0.05)[0]  # the first image is all wrong
    statistic = part_probe(tokens_of(fit, 2, 0.05), fit, tokens, test)
    without = torch.cat([torch.zeros(1, 1), torch.ones(1, 19)], 1).double()
    assert float(statistic(without)) == pytest.approx(100)
    assert float(statistic(ONES)) < 99


def test_attribute_probe_ignores_attributes_that_do_not_vary():
    generator = torch.Generator().manual_seed(0)
    attributes = torch.randint(0, 2, (20, 2), generator=generator)
    constant = torch.ones(20, 1).long()
    truth = torch.cat([attributes, constant], 1)
    features = attributes.float() + 0.01 * torch.randn(20, 2, generator=generator)
    assert float(attribute_probe(features, truth, features, truth)(ONES)) == 100
    with pytest.raises(ValueError, match="none of 1 attributes varies"):
        attribute_probe(features, constant, features, constant)
