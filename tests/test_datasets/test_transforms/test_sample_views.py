"""What is drawn for each view is distributed as the authors' torchvision draws it."""

import numpy as np
import pytest
import torch
from torchvision.transforms import RandomResizedCrop

from solider_mm.datasets import SampleViews
from solider_mm.functional.view_params import COLOR_ORDERS, ViewParams
from solider_mm.registry import TRANSFORMS

COUNT = 4000


def draw(count: int = COUNT, shape=(128, 64), area=(0.05, 0.8), **options):
    kind = dict(size=(8, 4), area=area, num=count)
    for name in ("blur_prob", "solarize_prob"):
        kind[name] = options.pop(name, 0.0)
    return SampleViews([kind], **options)(dict(img_shape=shape))


def boxes(**options) -> np.ndarray:
    return np.array([view[:4] for view in draw(**options)["views"]])


@pytest.mark.parametrize("area", [(0.8, 1.0), (0.05, 0.8)])
@pytest.mark.parametrize("shape", [(128, 64), (100, 100)])
def test_boxes_are_distributed_as_in_torchvision(area, shape) -> None:
    ours = boxes(area=area, shape=shape).astype(float)
    tensor = torch.zeros(3, *shape)
    theirs = np.array(
        [
            RandomResizedCrop.get_params(tensor, list(area), [0.4, 0.6])
            for _ in range(COUNT)
        ],
        float,
    )
    # top, left, height, width: mean within 4 standard errors, like spread
    error = theirs.std(0) * np.sqrt(2 / COUNT) + 1e-9
    np.testing.assert_array_less(
        np.abs(ours.mean(0) - theirs.mean(0)), 4 * error + 0.01
    )
    np.testing.assert_allclose(ours.std(0), theirs.std(0), rtol=0.06, atol=0.02)


def test_boxes_lie_inside() -> None:
    for shape in ((128, 64), (7, 3), (1, 1), (1, 50), (50, 1)):
        top, left, tall, wide = boxes(count=300, shape=shape).T
        assert min(top.min(), left.min()) >= 0
        assert min(tall.min(), wide.min()) >= 1
        assert (top + tall).max() <= shape[0]
        assert (left + wide).max() <= shape[1]


def test_an_image_of_another_shape_gives_its_largest_box() -> None:
    ours = boxes(count=50, shape=(20, 400), area=(0.8, 1.0))
    # 0.6 of the height is the widest that is allowed, in the middle.
    np.testing.assert_array_equal(ours, [[0, 194, 20, 12]] * 50)


def test_how_often() -> None:
    views = draw(blur_prob=0.3, solarize_prob=0.2)["views"]
    shares = {
        "flip": np.mean([view.flip for view in views]),
        "gray": np.mean([view.gray for view in views]),
        "blur": np.mean([view.blur > 0 for view in views]),
        "solarize": np.mean([view.solarize for view in views]),
        "jitter": np.mean([view.hue != 0 for view in views]),
    }
    expected = {"flip": 0.5, "gray": 0.2, "blur": 0.3, "solarize": 0.2, "jitter": 0.8}
    assert shares == pytest.approx(expected, abs=0.035)
    orders = np.bincount([view.order for view in views], minlength=24)
    assert len(orders) == len(COLOR_ORDERS)
    assert orders.min() > 0.6 * COUNT / 24


def test_factors_are_uniform() -> None:
    views = draw(jitter_prob=1.0, blur_prob=1.0)["views"]
    for name, low, high in (
        ("brightness", 0.6, 1.4),
        ("contrast", 0.6, 1.4),
        ("saturation", 0.8, 1.2),
        ("hue", -0.1, 0.1),
        ("blur", 0.1, 2.0),
    ):
        values = np.array([getattr(view, name) for view in views])
        assert low <= values.min()
        assert values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.02 * (high - low))
        assert values.std() == pytest.approx((high - low) / np.sqrt(12), rel=0.05)


def test_nothing_is_drawn_twice_and_a_seed_repeats() -> None:
    np.random.seed(3)  # noqa: NPY002
    first = draw(count=20)["views"]
    assert len({view.hue for view in first if view.hue}) > 10
    np.random.seed(3)  # noqa: NPY002
    assert draw(count=20)["views"] == first


def test_built_from_config_in_the_order_of_its_kinds() -> None:
    transform = TRANSFORMS.build(
        dict(
            type="solider_mm.SampleViews",
            views=[
                dict(size=(8, 4), area=(1.0, 1.0)),
                dict(size=(4, 2), area=(0.05, 0.1), num=2),
            ],
            jitter_prob=0,
            gray_prob=0,
            flip_prob=0,
        )
    )
    results = transform(dict(img_shape=(100, 50)))
    assert results["view_sizes"] == [(8, 4), (4, 2), (4, 2)]
    whole, *parts = results["views"]
    assert whole == ViewParams(*whole[:4], order=whole.order)
    assert whole.height * whole.width > 4000
    assert all(part.height * part.width < 700 for part in parts)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(area=(0.5, 1.2)), "area=.*at most 1"),
        (dict(area=(0.8, 0.5)), "area=.*two rising"),
        (dict(flip_prob=1.5), "flip_prob=1.5: expected a probability"),
        (dict(hue=0.7), r"hue in \[0, 0.5\]"),
        (dict(blur_radius=(0, 1)), "blur_radius="),
        (dict(blur_prob=-1), "blur_prob=-1"),
    ],
)
def test_wrong_numbers(options, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        draw(**options)
