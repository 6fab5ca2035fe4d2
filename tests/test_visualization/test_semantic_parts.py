from types import SimpleNamespace

import numpy as np
import pytest
import torch

from solider_mm.functional.part_masking import mask_part
from solider_mm.visualization import PART_COLORS, plot_semantic_parts
from solider_mm.visualization.palette import BACKGROUND
from solider_mm.visualization.semantic_parts import (
    CAPTION,
    GAP,
    HEADER,
    LEGEND,
    MEAN_COLOR,
    enlarge,
)

CELL = (40, 20)  # (H, W)
LABELS = np.array([[[0, 1], [0, 2], [3, 3], [0, 0]]])  # (1, 4, 2): tokens of 10×10


def view(labels=LABELS, semantic_weight=1.0, kept=True):
    return SimpleNamespace(
        semantic_weight=semantic_weight,
        semantic_labels=labels,
        kept=np.full(len(labels), kept),
    )


def cell(panel, column, row=0, caption=0):
    top = HEADER + row * (CELL[0] + GAP + caption)
    left = GAP + column * (CELL[1] + GAP)
    return panel[top : top + CELL[0], left : left + CELL[1]]


@pytest.fixture
def gray():
    return np.full((8, 4, 3), 200, np.uint8)


def test_cells_of_one_image(gray):
    panel = plot_semantic_parts([gray], [view()], num_parts=3, cell_size=CELL)
    assert panel.shape[0] == HEADER + CELL[0] + GAP + LEGEND
    assert panel.dtype == np.uint8
    assert (cell(panel, 0) == 200).all()

    foreground = cell(panel, 1)
    dimmed = int(0.2 * 200 + 0.5 * BACKGROUND[0])
    assert (foreground[:10, 10:] == 200).all()  # part 1
    assert (foreground[20:30] == 200).all()  # part 3
    assert (foreground[:20, :10] == dimmed).all()
    assert (foreground[30:] == dimmed).all()

    parts = cell(panel, 2)
    for rows, columns, part in (
        (slice(0, 10), slice(10, 20), 1),
        (slice(10, 20), slice(10, 20), 2),
        (slice(20, 30), slice(0, 20), 3),
    ):
        color = (0.65 * np.array(PART_COLORS[part - 1]) + 0.35 * 200).astype(int)
        assert (parts[rows, columns] == color).all()

    masked = cell(panel, 3)
    assert (masked[:10, 12:] == MEAN_COLOR).all()  # the first row masks part 1
    assert (masked[12:, :] == 200).all()
    assert (masked[3:11, 3:11] == PART_COLORS[0]).all()  # the color mark


def test_rows_mask_parts_in_turn(gray):
    labels = np.repeat(LABELS, 4, axis=0)
    panel = plot_semantic_parts(
        [gray] * 4, [view(labels)], num_parts=3, cell_size=CELL, columns=1
    )
    for row, part in enumerate((1, 2, 3, 1)):
        assert (cell(panel, 3, row)[3:11, 3:11] == PART_COLORS[part - 1]).all()
    assert (cell(panel, 3, 2)[20:30] == MEAN_COLOR).all()


def test_each_semantic_weight_has_three_cells(gray):
    views = [view(), view(np.zeros_like(LABELS), 0.2)]
    panel = plot_semantic_parts([gray], views, num_parts=3, cell_size=CELL)
    assert panel.shape[1] >= GAP + 7 * (CELL[1] + GAP)
    assert (cell(panel, 1)[20:30] == 200).all()
    assert (cell(panel, 4) == int(0.2 * 200 + 0.5 * BACKGROUND[0])).all()


def test_marks_images_that_are_not_kept(gray):
    marked, unmarked = (
        plot_semantic_parts([gray], [view(kept=kept)], num_parts=3, cell_size=(60, 80))
        for kept in (False, True)
    )
    changed = (marked != unmarked).any(axis=2).nonzero()
    bottom = HEADER + 60
    assert bottom - CAPTION <= changed[0].min() <= changed[0].max() < bottom
    second = GAP + 80 + GAP  # the foreground's cell
    assert second <= changed[1].min() <= changed[1].max() < second + 80


def test_arranges_columns_and_captions(gray):
    labels = np.repeat(LABELS, 5, axis=0)
    panel = plot_semantic_parts(
        [gray] * 5,
        [view(labels)],
        num_parts=3,
        cell_size=CELL,
        columns=2,
        names=["a.png"] * 5,
    )
    strip = 4 * (CELL[1] + GAP) + GAP
    assert panel.shape[0] == HEADER + 3 * (CELL[0] + GAP + CAPTION) + LEGEND
    second = panel[:, strip:]
    assert (cell(second, 0, 1, CAPTION) == 200).all()
    assert (cell(second, 0, 2, CAPTION) == 255).all()  # five images fill five places


@pytest.mark.parametrize("num_parts", [1, 2, 8])
def test_legend_shows_all_colors(gray, num_parts):
    panel = plot_semantic_parts(
        [gray], [view(np.ones_like(LABELS))], num_parts=num_parts, cell_size=CELL
    )
    legend = panel[-LEGEND:].reshape(-1, 3)
    for color in (BACKGROUND, *PART_COLORS[:num_parts]):
        assert (legend == color).all(axis=1).sum() >= 12 * 12


def test_masks_as_in_training():
    labels = torch.randint(4, (1, 5, 3))
    image = torch.ones(1, 1, 37, 29)
    erased = mask_part(image, labels, torch.tensor([2]))[0, 0] == 0
    ours = enlarge(labels[0].numpy(), (37, 29)) == 2
    np.testing.assert_array_equal(ours, erased.numpy())


def test_refuses_invalid_input(gray):
    with pytest.raises(ValueError, match="0 images and 1 views"):
        plot_semantic_parts([], [view()], num_parts=3)
    with pytest.raises(ValueError, match="num_parts is 9; expected 1 to 8"):
        plot_semantic_parts([gray], [view()], num_parts=9)
    with pytest.raises(ValueError, match=r"2 images go with \[1\] labels"):
        plot_semantic_parts([gray] * 2, [view()], num_parts=3)
