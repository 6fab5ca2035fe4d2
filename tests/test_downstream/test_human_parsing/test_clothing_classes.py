import numpy as np
import pytest
from scipy.io import loadmat

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing.clothing_classes import (  # noqa: E402
    COARSE,
    COARSE_CLASSES,
    FINE_CLASSES,
    coarse_of,
)


def test_names_are_those_of_the_data_set(shared):
    file = shared / "data" / "clothing-co-parsing" / "label_list.mat"
    names = [str(cell[0]) for cell in loadmat(file)["label_list"][0]]
    assert tuple(names) == FINE_CLASSES


def test_every_label_has_one_coarse_class():
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
