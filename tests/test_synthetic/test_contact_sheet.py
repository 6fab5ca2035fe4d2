import numpy as np
import pytest

from solider_mm.synthetic import contact_sheet, render_pedestrian
from solider_mm.synthetic.contact_sheet import (
    mark_keypoints,
    part_colors,
    person_panel,
)


def test_sheet_has_a_row_per_identity():
    sheet = contact_sheet(rows=2, columns=3, size=(64, 32))
    assert sheet.shape == (2 * 64, 3 * 4 * 32, 3)
    crop = render_pedestrian(1, 2, 2, (64, 32))
    np.testing.assert_array_equal(sheet[64:, 256:], person_panel(crop))


def test_part_colors_are_different():
    colors = part_colors()
    assert len({tuple(color) for color in colors.tolist()}) == 20
    assert not colors[0].any()


def test_keypoints_are_marked_on_a_copy():
    picture = np.zeros((64, 32, 3), dtype=np.uint8)
    points = np.zeros((17, 3), dtype=np.float32)
    assert not mark_keypoints(picture, points).any()
    points[1] = (10, 20, 2)
    marked = mark_keypoints(picture, points)
    assert marked[20, 10].tolist() == [255, 60, 60]
    assert not picture.any()


def test_bad_input():
    with pytest.raises(ValueError, match="1 or larger"):
        contact_sheet(rows=0)
