import numpy as np
import pytest

from solider_mm.downstream.attribute.attribute_table import (
    AttributeTable,
    binary_labels,
    text_list,
)

LABELS = np.array([[1, 0, 1], [0, 0, 1]], np.uint8)


@pytest.fixture
def table():
    return AttributeTable(["a.jpg", "b.jpg"], LABELS, ("hat", "bag", "coat"))


def test_computes_ratio_selects_and_joins(table):
    assert table.positive_ratio == (0.5, 0.0, 1.0)
    chosen = table.select(["coat", "hat"])
    assert chosen.classes == ("coat", "hat")
    np.testing.assert_array_equal(chosen.labels, [[1, 1], [1, 0]])
    joined = table.join(table)
    assert joined.images == ["a.jpg", "b.jpg"] * 2
    assert joined.labels.shape == (4, 3)


def test_refuses_invalid_table(table):
    with pytest.raises(ValueError, match=r"attribute 'shoe' is unknown: .* hat, bag"):
        table.select(["hat", "shoe"])
    with pytest.raises(ValueError, match=r"shape \(2, 3\), but 1 images and 3"):
        AttributeTable(["a.jpg"], LABELS, table.classes)
    with pytest.raises(ValueError, match="'hat' is named twice"):
        AttributeTable(table.images, LABELS, ("hat", "bag", "hat"))
    with pytest.raises(ValueError, match="at least one of each"):
        AttributeTable([], LABELS[:0], table.classes)


def test_unclear_label_counts_as_negative():
    labels = binary_labels([[0, 1, 2]], "file")
    assert labels.dtype == np.uint8
    assert labels.tolist() == [[0, 1, 0]]
    with pytest.raises(ValueError, match="file has the label 3"):
        binary_labels(np.array([[3]]), "file")


def test_extracts_names_from_matlab_cells():
    cells = np.empty((2, 1), object)
    cells[0, 0], cells[1, 0] = np.array(["Hat "]), np.array([["Skirt&Dress"]])
    assert text_list(cells) == ["Hat", "Skirt&Dress"]
    assert text_list("Hat") == ["Hat"]
