import numpy as np
import pytest
from scipy.io import loadmat

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing.clothing_classes import (  # noqa: E402
    COARSE,
    COARSE_CLASSES,
    COARSE_PALETTE,
    FINE_CLASSES,
    class_palette,
    coarse_of,
)


def test_names_match_label_list_file(shared):
    file = shared / "data" / "clothing-co-parsing" / "label_list.mat"
    names = [str(cell[0]) for cell in loadmat(file)["label_list"][0]]
    assert tuple(names) == FINE_CLASSES


def test_each_label_has_one_coarse_class():
    merged = [name for names in COARSE.values() for name in names.split()]
    assert sorted(merged) == sorted(FINE_CLASSES)
    assert sorted(coarse_of()) == list(range(59))
    assert set(coarse_of().values()) == set(range(len(COARSE_CLASSES)))
    assert coarse_of()[0] == 0
    assert COARSE_CLASSES[coarse_of()[FINE_CLASSES.index("jeans")]] == "lower-clothes"
    assert np.bincount(list(coarse_of().values())).tolist() == [
        1,
        1,
        1,
        16,
        5,
        9,
        10,
        16,
    ]


def test_colors_of_a_palette_differ():
    for palette in (class_palette(59), COARSE_PALETTE):
        assert len(set(palette)) == len(palette)
        assert all(0 <= value <= 255 for color in palette for value in color)
    assert len(class_palette(59)) == 59
