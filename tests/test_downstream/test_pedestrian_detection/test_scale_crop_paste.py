import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import TRANSFORMS  # noqa: E402
from mmdet.structures.bbox import HorizontalBoxes  # noqa: E402

from solider_mm.downstream.pedestrian_detection.scale_crop_paste import _Params  # noqa: E402


def build(size=(40, 60), factor=1.0, **options):
    config = {"type": "solider_mm.RandomScaleCropPaste", "size": size}
    return TRANSFORMS.build(config | {"scale_range": (factor, factor)} | options)


def results(boxes=(), flags=None, size=(80, 120)):
    rng = np.random.default_rng(0)
    boxes = torch.tensor(boxes).float().view(-1, 4)
    flags = [False] * len(boxes) if flags is None else flags
    return {
        "img": rng.integers(0, 256, (*size, 3), dtype=np.uint8),
        "img_shape": size,
        "gt_bboxes": HorizontalBoxes(boxes),
        "gt_bboxes_labels": np.zeros(len(boxes), dtype=np.int64),
        "gt_ignore_flags": np.array(flags, dtype=bool),
    }


def test_crop_is_centered_on_a_person():
    before = results([[40, 30, 60, 60]])
    image = before["img"].copy()
    after = build()(before)
    # Center (45, 50); the window of 40 × 60 starts at (25, 20).
    assert np.array_equal(after["img"], image[25:65, 20:80])
    assert after["img_shape"] == (40, 60)
    assert after["gt_bboxes"].tensor.tolist() == [[20, 5, 40, 35]]


def test_crop_stays_inside_of_the_image():
    before = results([[100, 0, 119, 20]])
    image = before["img"].copy()
    after = build()(before)
    assert np.array_equal(after["img"], image[:40, 60:])


def test_crop_without_people_is_at_a_random_position():
    seen = set()
    for _ in range(50):
        before = results([[0, 0, 30, 30]], flags=[True])
        image = before["img"].copy()
        after = build()(before)
        starts = [
            (y, x)
            for y in range(41)
            for x in range(61)
            if np.array_equal(image[y, x], after["img"][0, 0])
        ]
        seen.update(
            (y, x)
            for y, x in starts
            if np.array_equal(image[y : y + 40, x : x + 60], after["img"])
        )
    assert len(seen) > 30
    assert max(y for y, _ in seen) > 30
    assert min(x for _, x in seen) < 10


def test_small_image_is_pasted_on_its_mean_value():
    before = results([[8, 4, 20, 18]], size=(20, 30))
    image = before["img"].copy()
    after = build(min_width=4)(before)
    left, top, right, bottom = after["gt_bboxes"].tensor[0].int().tolist()
    assert (right - left, bottom - top) == (12, 14)
    top, left = top - 4, left - 8
    assert np.array_equal(after["img"][top : top + 20, left : left + 30], image)
    outside = np.ones((40, 60), dtype=bool)
    outside[top : top + 20, left : left + 30] = False
    assert (after["img"][outside] == int(image.mean())).all()


def test_crops_one_axis_and_pastes_the_other():
    before = results([[10, 50, 30, 70]], size=(100, 30))
    image = before["img"].copy()
    after = build(min_width=4)(before)
    left = int(after["gt_bboxes"].tensor[0, 0]) - 10
    assert after["img"].shape == (40, 60, 3)
    assert np.array_equal(after["img"][:, left : left + 30], image[40:80])


def test_image_and_boxes_are_scaled_equally():
    after = build(size=(160, 240), factor=2.0)(results([[40, 30, 60, 60]]))
    assert after["gt_bboxes"].tensor.tolist() == [[80, 60, 120, 120]]
    # 81 × 0.5 is floored.
    odd = build(size=(40, 60), factor=0.5)(results([[0, 0, 121, 81]], size=(81, 121)))
    assert odd["gt_bboxes"].tensor[0].tolist() == pytest.approx([0, 0, 60, 40])


def test_box_dropping_rules():
    rows = [
        [40, 30, 60, 60],  # the person that the crop is centered on
        [42, 30, 57, 60],  # 15 px wide: too narrow
        [0, 30, 40, 50],  # half of it is cut off: kept
        [0, 30, 39, 50],  # more than half is: dropped
        [0, 0, 15, 15],  # outside of the window
        [40, 58, 60, 72],  # ignore region, 7 px are left: dropped
        [40, 57, 60, 72],  # ignore region, 8 px are left: kept
        [40, 30, 47, 60],  # ignore region, 7 px wide: dropped
    ]
    flags = [False] * 5 + [True] * 3
    transform = build()
    transform._sample_params = lambda: _Params(1.0, 0.0, (0.0, 0.0))
    after = transform(results(rows, flags))
    assert after["gt_bboxes"].tensor.tolist() == [
        [20, 5, 40, 35],
        [0, 5, 20, 25],
        [20, 32, 40, 40],
    ]
    assert after["gt_bboxes_labels"].tolist() == [0, 0, 0]
    assert after["gt_ignore_flags"].tolist() == [False, False, True]


def test_boxes_are_clipped_to_the_image_first():
    """Less than half of the box is inside of the image, but nothing more is lost."""
    after = build(size=(80, 120))(results([[-30, 30, 20, 60]]))
    assert after["gt_bboxes"].tensor.tolist() == [[0, 30, 20, 60]]


def test_boxes_without_area_are_always_dropped():
    options = {"min_width": 0, "min_area_ratio": 0.0, "min_ignore_size": 0}
    rows = [[50, 40, 50, 60], [50, 40, 70, 40], [200, 200, 240, 240], [50, 40, 60, 50]]
    transform = build(**options)
    transform._sample_params = lambda: _Params(1.0, 0.99, (0.99, 0.99))
    assert len(transform(results(rows))["gt_bboxes"]) == 1


def test_supports_images_without_boxes_or_annotations():
    assert build()(results())["gt_bboxes"].tensor.shape == (0, 4)
    bare = {"img": np.zeros((80, 120, 3), np.uint8), "img_shape": (80, 120)}
    assert build()(bare)["img"].shape == (40, 60, 3)


def test_scales_are_sampled_from_the_range():
    transform = build()
    transform.scale_range = (0.4, 1.5)
    factors = [transform._sample_params().factor for _ in range(300)]
    assert 0.4 <= min(factors) < 0.45
    assert 1.45 < max(factors) <= 1.5


@pytest.mark.parametrize("options", [{"size": (0, 5)}, {"factor": 0.0}])
def test_refuses_invalid_arguments(options):
    with pytest.raises(ValueError, match=r"expected \(H, W\) of at least 1 pixel each"):
        build(**options)
