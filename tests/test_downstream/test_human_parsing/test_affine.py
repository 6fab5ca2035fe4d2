import numpy as np
import pytest

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing.affine import (  # noqa: E402
    CropBox,
    crop_matrix,
    fit_box,
    unwarp_labels,
    warp,
)


def golden(golden_dir):
    return np.load(golden_dir / "parsing_metrics.npz")


def test_golden_boxes(golden_dir):
    data = golden(golden_dir)
    size = tuple(data["crop_size"])
    for index in range(int(data["num_images"])):
        shape = data[f"gt_{index:02d}"].shape
        box = fit_box(shape, size)
        assert box.center == tuple(data["centers_float"][index])
        assert box.width == pytest.approx(data["scales"][index][0], abs=1e-5)


@pytest.mark.parametrize("centers", ["float", "int"])
def test_golden_inverse_warp(golden_dir, centers):
    """With real-valued centers and with the truncated ones of the released code."""
    data = golden(golden_dir)
    size = tuple(int(side) for side in data["crop_size"])
    for index, crop in enumerate(data["crop_preds"]):
        shape = data[f"gt_{index:02d}"].shape
        center = tuple(data[f"centers_{centers}"][index].astype(float))
        box = CropBox(center, float(data["scales"][index][0]))
        matrix = crop_matrix(box, size)
        labels = unwarp_labels(crop, matrix, shape)
        np.testing.assert_array_equal(labels, data[f"warped_{centers}_{index:02d}"])


@pytest.mark.parametrize("shape", [(60, 40), (61, 41), (75, 20), (30, 64)])
def test_warp_and_unwarp_keep_labels_in_place(shape):
    """At a higher resolution the round trip is the identity for odd and even sizes."""
    labels = np.random.default_rng(0).integers(0, 20, shape).astype(np.uint8)
    size = (5 * shape[0], 5 * shape[1])
    matrix = crop_matrix(fit_box(shape, size), size)
    crop = warp(labels, matrix, size, border=255, nearest=True)
    np.testing.assert_array_equal(unwarp_labels(crop, matrix, shape), labels)


def test_outermost_pixel_centers_match():
    """A wide image fills the crop's width from first to last pixel center."""
    matrix = crop_matrix(fit_box((11, 21), (61, 41)), (61, 41))
    corners = np.array([[0, 0, 1], [20, 0, 1], [20, 10, 1.0]])
    np.testing.assert_allclose(
        corners @ matrix.T, [[0, 20], [40, 20], [40, 40]], atol=1e-12
    )


def test_rotates_clockwise_about_the_center():
    """A point above the center moves to its right."""
    matrix = crop_matrix(CropBox((10.0, 20.0), 10.0), (11, 11), angle=90)
    np.testing.assert_allclose(matrix @ [10, 20, 1], [5, 5], atol=1e-12)
    np.testing.assert_allclose(matrix @ [10, 17, 1], [8, 5], atol=1e-12)


def test_image_of_one_pixel_has_a_box():
    box = fit_box((1, 1), (8, 4))
    assert box.center == (0, 0)
    assert box.width >= 1
