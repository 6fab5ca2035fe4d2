"""Drawings are kept by their version: who changes the pictures must raise it."""

import numpy as np
import pytest

from solider_mm.datasets.synthetic import draw_pedestrian
from solider_mm.datasets.synthetic.writers.layout import DRAWING_VERSION

# Mean RGB and pixels of background, head, upper and lower body.
PINNED = {
    (0, 0, 0): ([130.2, 137.7, 131.9], [6182, 183, 896, 931]),
    (5, 1, 2): ([95.0, 87.6, 76.0], [5407, 181, 1334, 1270]),
    (11, 4, 1): ([163.6, 159.1, 139.0], [6352, 211, 610, 1019]),
}


@pytest.mark.parametrize("place", PINNED)
def test_pictures_are_those_of_the_version(place):
    assert DRAWING_VERSION == 3, "pin the new pictures here"
    crop = draw_pedestrian(*place)
    colour, pixels = PINNED[place]
    # Room for the rounding of other OpenCV builds, not for another drawing.
    np.testing.assert_allclose(crop["image"].mean(axis=(0, 1)), colour, atol=1.0)
    counts = np.bincount(crop["coarse_parts"].ravel(), minlength=4)
    np.testing.assert_allclose(counts, pixels, atol=12)
