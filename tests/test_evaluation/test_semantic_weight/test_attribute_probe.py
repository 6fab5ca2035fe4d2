import pytest
import torch

from solider_mm.evaluation.semantic_weight.attribute_probe import attribute_probe

ONES = torch.ones(1, 20, dtype=torch.float64)


def test_attribute_probe_ignores_attributes_that_do_not_vary():
    generator = torch.Generator().manual_seed(0)
    attributes = torch.randint(0, 2, (20, 2), generator=generator)
    constant = torch.ones(20, 1).long()
    truth = torch.cat([attributes, constant], 1)
    features = attributes.float() + 0.01 * torch.randn(20, 2, generator=generator)
    assert float(attribute_probe(features, truth, features, truth)(ONES)) == 100
    with pytest.raises(ValueError, match="none of 1 attributes varies"):
        attribute_probe(features, constant, features, constant)
