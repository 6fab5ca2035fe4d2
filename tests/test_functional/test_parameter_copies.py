import pickle
from copy import deepcopy

import torch
from torch import nn

from solider_mm.functional.parameter_copies import ParameterCopies


def test_gradients_flow_through_the_copies_in_the_dtype_of_the_originals() -> None:
    originals = [nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.randn(4))]
    unused = nn.Parameter(torch.randn(2))
    copies = ParameterCopies()([*originals, unused], torch.bfloat16)
    for original in originals:
        assert torch.equal(copies[original], original.to(torch.bfloat16))
    sum((3 * copies[original]).sum() for original in originals).backward()
    for original in originals:
        assert torch.equal(original.grad, torch.full_like(original, 3))
    assert unused.grad is None


def test_parameters_of_the_same_dtype_stand_for_themselves() -> None:
    original = nn.Parameter(torch.ones(2))
    assert ParameterCopies()([original], torch.float)[original] is original
    assert ParameterCopies()([], torch.float) == {}


def test_copies_follow_their_originals_and_earlier_ones_stay() -> None:
    original, copies = nn.Parameter(torch.ones(2)), ParameterCopies()
    first = copies([original], torch.bfloat16)[original]
    with torch.no_grad():
        original.fill_(2)
        assert copies([original], torch.bfloat16)[original].tolist() == [2, 2]
    assert first.tolist() == [1, 1]
    first.sum().backward()
    assert original.grad.tolist() == [1, 1]


def test_a_copied_or_pickled_module_starts_anew() -> None:
    original, copies = nn.Parameter(torch.ones(2)), ParameterCopies()
    with torch.no_grad():
        copy = copies([original], torch.bfloat16)[original]
        for other in (deepcopy(copies), pickle.loads(pickle.dumps(copies))):
            assert other([original], torch.bfloat16)[original] is not copy
