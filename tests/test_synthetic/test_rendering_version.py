"""Changed pictures require a higher `RENDERING_VERSION`."""

import numpy as np
import pytest

from solider_mm.synthetic import render_pedestrian
from solider_mm.synthetic.writers.layout import RENDERING_VERSION

# Mean RGB and pixels of background, head, upper and lower body.
PINNED = {
    (0, 0, 0): ([129.1, 135.1, 127.7], [5591, 242, 1196, 1163]),
    (5, 1, 2): ([92.1, 77.8, 66.3], [4022, 256, 1972, 1942]),
    (11, 4, 1): ([140.6, 129.1, 98.7], [4667, 405, 1149, 1971]),
    (5, 1, 2, (128, 64), 0, "noise"): ([94.4, 80.3, 71.7], [4022, 256, 1972, 1942]),
}


@pytest.mark.parametrize("place", PINNED)
def test_pictures_are_those_of_the_version(place):
    assert RENDERING_VERSION == 4, "pin the new pictures here"
    crop = render_pedestrian(*place)
    color, pixels = PINNED[place]
    # Tolerates the rounding of other OpenCV builds, not another rendering.
    np.testing.assert_allclose(crop["image"].mean(axis=(0, 1)), color, atol=1.0)
    counts = np.bincount(crop["coarse_parts"].ravel(), minlength=4)
    np.testing.assert_allclose(counts, pixels, atol=12)
