import cv2
import numpy as np
import pytest

from solider_mm.synthetic import ATTRIBUTE_NAMES, render_pedestrian
from solider_mm.synthetic.figure.labels import _COARSE_OF_LIP

CROPS = [render_pedestrian(n % 20, n % 6, n // 20) for n in range(100)]


def test_form():
    crop = CROPS[0]
    assert crop["image"].shape == (128, 64, 3)
    assert crop["image"].dtype == np.uint8
    for name in ("foreground", "parts", "coarse_parts", "carried"):
        assert crop[name].shape == (128, 64)
    assert crop["foreground"].dtype == crop["carried"].dtype == np.bool_
    assert crop["parts"].dtype == crop["coarse_parts"].dtype == np.uint8
    assert tuple(crop["attributes"]) == ATTRIBUTE_NAMES
    assert (CROPS[47]["identity"], CROPS[47]["camera"]) == (7, 5)


def test_equal_arguments_give_equal_crops_in_any_order():
    again = render_pedestrian(7, 5, 2)
    for name, value in again.items():
        np.testing.assert_array_equal(value, CROPS[47][name])


@pytest.mark.parametrize(
    "place", [(8, 5, 2, 0), (7, 4, 2, 0), (7, 5, 1, 0), (7, 5, 2, 1)]
)
def test_other_arguments_give_other_crops(place):
    other = render_pedestrian(*place[:3], seed=place[3])
    assert (other["image"] != CROPS[47]["image"]).mean() > 0.5


def test_truth_maps_agree():
    for crop in CROPS:
        parts, coarse = crop["parts"], crop["coarse_parts"]
        assert parts.max() < 20
        np.testing.assert_array_equal(crop["foreground"], parts > 0)
        np.testing.assert_array_equal(coarse > 0, parts > 0)
        assert not (crop["carried"] & crop["foreground"]).any()
        # Dress, coat and jumpsuit reach over both halves of the body.
        usual = ~np.isin(parts, (6, 7, 10))
        np.testing.assert_array_equal(coarse[usual], _COARSE_OF_LIP[parts[usual]])
        assert set(np.unique(coarse[~usual])) <= {2, 3}


def test_crops_are_framed_like_detections():
    shares = [crop["foreground"].mean() for crop in CROPS]
    assert 0.2 < np.mean(shares) < 0.5
    assert min(shares) > 0.03
    whole = [c["visible_fraction"] == 1 for c in CROPS]
    assert 0.6 < np.mean(whole) < 0.95
    assert all(0 <= crop["visible_fraction"] <= 1 for crop in CROPS)


def test_background_is_textured():
    """A plain detector of texture must not find the person."""
    inside, outside = [], []
    for crop in CROPS:
        gray = crop["image"].mean(axis=2)
        slope = np.hypot(*np.gradient(gray))
        body = crop["foreground"] | crop["carried"]
        inside.append(slope[body].mean())
        outside.append(slope[~body].mean())
    assert 0.4 < np.mean(outside) / np.mean(inside) < 1.6


def test_clothes_belong_to_the_identity():
    """Upper-clothes colors vary less within a person than between people."""
    colors = {}
    for crop in CROPS:
        cloth = np.isin(crop["parts"], (5, 6, 7, 10))
        if cloth.sum() > 100:
            mean = crop["image"][cloth].mean(axis=0)
            colors.setdefault(crop["identity"], []).append(mean / mean.sum())
    within = np.mean([np.std(rows, axis=0) for rows in colors.values()])
    between = np.std([np.mean(rows, axis=0) for rows in colors.values()], axis=0)
    assert between.mean() > 1.5 * within


def test_all_views_occur():
    views = [
        next(name for name in ("Front", "Side", "Back") if crop["attributes"][name])
        for crop in CROPS
    ]
    counts = [views.count(name) for name in ("Front", "Side", "Back")]
    assert min(counts) > 10
    assert counts[1] > counts[0]


@pytest.mark.parametrize("size", [(16, 16), (96, 48), (256, 128), (100, 140)])
def test_any_size(size):
    crop = render_pedestrian(0, 0, 0, size)
    assert crop["image"].shape == (*size, 3)
    assert crop["parts"].shape == size


def test_noise_background_keeps_the_person_and_drops_occluders():
    street = [c for c in CROPS if c["visible_fraction"] == 1][:20]
    for crop in street:
        shot = next(n for n, c in enumerate(CROPS) if c is crop) // 20
        place = (crop["identity"], crop["camera"], shot)
        again = render_pedestrian(*place, background="noise")
        for name in ("parts", "carried", "keypoints", "attributes"):
            np.testing.assert_array_equal(again[name], crop[name])
        inner = cv2.erode(crop["foreground"].astype(np.uint8), np.ones((9, 9))) > 0
        apart = np.abs(again["image"][inner].astype(int) - crop["image"][inner])
        assert apart.mean() < 8  # except for the camera's noise, sampled anew


def test_noise_background_is_fine_and_colored():
    crops = [render_pedestrian(n, 0, 0, background="noise") for n in range(10)]
    for crop in crops:
        behind = ~(crop["foreground"] | crop["carried"])
        colors = crop["image"][behind].astype(float)
        assert colors.std(0).min() > 15
        smooth = cv2.blur(crop["image"].astype(float), (25, 25))
        assert smooth[behind].std() < 0.6 * colors.std()  # grains average out
        assert crop["visible_fraction"] == 1
    means = [c["image"][~(c["foreground"] | c["carried"])].mean() for c in crops]
    assert np.std(means) < 15  # all have the same kind, but for the exposure


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0, 0, (128, 64), 0, "sea"), "background is .sea.: expected"),
        ((0, 0, 0, (8, 64)), "at least 16"),
        ((-1, 0, 0), "identity must be in"),
        ((1_000_000, 0, 0), "identity must be in"),
        ((0, -1, 0), "0 or larger"),
        ((0, 0, -1), "0 or larger"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        render_pedestrian(*arguments)
