import numpy as np
import pytest

from solider_mm.inference.unit_vectors import unit_vectors


def test_length_is_one_and_zero_stays():
    units = unit_vectors(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert units.dtype == np.float32
    np.testing.assert_allclose(units, [[0.6, 0.8], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(unit_vectors(np.array([0.0, 2.0])), [0, 1])


def test_refuses_nan():
    with pytest.raises(ValueError, match="NaN or infinite"):
        unit_vectors(np.array([1.0, np.nan]))
