import pytest

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing.palette import COARSE_PALETTE, class_palette  # noqa: E402


def test_colors_differ():
    for palette in (class_palette(59), COARSE_PALETTE):
        assert len(set(palette)) == len(palette)
        assert all(0 <= value <= 255 for color in palette for value in color)
    assert len(class_palette(59)) == 59
