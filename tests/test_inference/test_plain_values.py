import math

import numpy as np
import torch

from solider_mm.inference.plain_values import to_plain


def test_numbers_have_six_significant_digits():
    values = np.array([0.000123456789, -98765.4321, 0.0, 1.0], np.float64)
    assert to_plain(values) == [0.000123457, -98765.4, 0.0, 1.0]
    assert to_plain(0.00043210987) == 0.00043211
    assert to_plain(np.float32(0.1)) == 0.1


def test_special_numbers_stay():
    plain = to_plain(np.array([np.nan, np.inf]))
    assert math.isnan(plain[0]) and plain[1] == math.inf


def test_containers():
    value = {1: (torch.ones(2), np.array([True])), "a": "text", "b": None}
    assert to_plain(value) == {"1": [[1.0, 1.0], [True]], "a": "text", "b": None}
