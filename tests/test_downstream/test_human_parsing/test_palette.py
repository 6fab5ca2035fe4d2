import pytest

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing.palette import (  # noqa: E402
    COARSE_PALETTE,
    class_palette,
)


def test_colours_differ():
    for palette in (class_palette(59), COARSE_PALETTE):
        assert len(set(palette)) == len(palette)
        assert all(0 <= value <= 255 for colour in palette for value in colour)
    assert len(class_palette(59)) == 59
