import torch
from torch import nn

from solider_mm.functional.parameter_copies import copy_parameters


def test_gradients_flow_through_the_copies_in_the_dtype_of_the_originals() -> None:
    originals = [nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.randn(4))]
    unused = nn.Parameter(torch.randn(2))
    copies = copy_parameters([*originals, unused], torch.bfloat16)
    for original in originals:
        assert torch.equal(copies[original], original.to(torch.bfloat16))
    sum((3 * copies[original]).sum() for original in originals).backward()
    for original in originals:
        assert torch.equal(original.grad, torch.full_like(original, 3))
    assert unused.grad is None


def test_parameters_of_the_same_dtype_stand_for_themselves() -> None:
    original = nn.Parameter(torch.ones(2))
    assert copy_parameters([original], torch.float)[original] is original
    assert copy_parameters([], torch.float) == {}
