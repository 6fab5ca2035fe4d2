import pytest
import torch

from solider_mm.functional.map_size import (
    ceil_divide,
    corner_padding,
    is_symbolic,
    map_size,
)


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "rows"),
    [
        (8, 4, 4, 0),
        (9, 4, 4, 3),
        (143, 2, 2, 1),
        (36, 2, 1, 1),
        (1, 4, 4, 3),
        (7, 2, 4, 0),  # one row lies in a gap
        (9, 2, 4, 1),
    ],
)
def test_corner_padding(length, kernel, stride, rows):
    assert corner_padding(length, kernel, stride) == rows


def test_sizes_are_plain_numbers_outside_of_an_export():
    size = map_size(torch.zeros(2, 3, 5, 7))
    assert size == (5, 7)
    assert not is_symbolic(size)


@pytest.mark.parametrize(("length", "quotient"), [(1, 1), (7, 1), (8, 2), (14, 2)])
def test_quotients_are_rounded_up(length, quotient):
    assert ceil_divide(length, 7) == quotient
