import itertools

import numpy as np

from solider_mm.visualization.palette import PART_COLORS, as_hex


def test_formats_hex_color():
    assert as_hex((0, 158, 255)) == "#009eff"


def test_colors_differ_for_color_blind_readers():
    # Viénot, Brettel and Mollon (1999): deuteranopes see linear RGB through this.
    linear = (np.array(PART_COLORS) / 255) ** 2.2
    matrix = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
    seen = (linear @ np.array(matrix).T).clip(0) ** (1 / 2.2)
    for a, b in itertools.combinations(seen, 2):
        assert np.abs(a - b).max() > 0.08
