import numpy as np
import pytest

from solider_mm.synthetic.rasterize import (
    Palette,
    Pattern,
    Shape,
    capsule,
    ellipse,
    paint,
    round_off,
    solid,
)


def box(left, top, right, bottom):
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def test_paint_fills_in_layer_order_and_reads_truth_from_the_same_map():
    low = Shape(box(2, 2, 10, 10), (200, 0, 0), 5, 2, 2, layer=1.0)
    high = Shape(box(6, 2, 14, 10), (0, 100, 0), 9, 3, 5, layer=2.0)
    sprite = paint([high, low], {}, (12, 16), 3)
    np.testing.assert_array_equal(sprite.rgb[5, 4], (200, 0, 0))
    np.testing.assert_array_equal(sprite.rgb[5, 8], (0, 100, 0))
    assert sprite.parts[5, 4] == 5
    assert sprite.parts[5, 8] == 9
    assert sprite.coarse[5, 8] == 3
    assert sprite.limbs[5, 8] == 5
    assert sprite.alpha[0, 0] == 0
    np.testing.assert_array_equal(sprite.alpha[5, 2:14] > 0.5, True)
    np.testing.assert_array_equal(sprite.parts > 0, sprite.alpha > 0.5)


def test_paint_softens_edges():
    disc = Shape(ellipse(np.array([16.0, 16.0]), 10, 10), (9, 9, 9), 1, 1, 1, 0.0)
    alpha = paint([disc], {}, (32, 32), 3).alpha
    assert ((alpha > 0.05) & (alpha < 0.95)).sum() > 20
    assert float(alpha.sum()) == pytest.approx(np.pi * 100, rel=0.06)


def test_shade_darkens_the_color_but_not_the_label():
    whole = Shape(box(0, 0, 8, 8), (100, 100, 100), 5, 2, 2, 0.0)
    dark = Shape(box(4, 0, 8, 8), (100, 100, 100), 5, 2, 2, 0.0, shade=0.5)
    sprite = paint([whole, dark], {}, (8, 8), 1)
    assert sprite.rgb[4, 1, 0] == 100
    assert sprite.rgb[4, 6, 0] == 50
    assert (sprite.parts[:8, :8] == 5).all()


def test_pattern_takes_the_second_color_in_its_slot_only():
    shirt = Shape(box(0, 0, 8, 8), (10, 10, 10), 5, 2, 2, 0.0, "upper")
    pants = Shape(box(8, 0, 16, 8), (10, 10, 10), 9, 3, 5, 0.0)
    stripes = Pattern("stripes", (250, 0, 0), 4.0, (0.0, 0.0))
    sprite = paint([shirt, pants], {"upper": stripes}, (8, 16), 1)
    reds = sprite.rgb[:, 4, 0]
    np.testing.assert_array_equal(reds, [250, 250, 10, 10, 250, 250, 10, 10])
    np.testing.assert_array_equal(sprite.rgb[:, 12, 0], 10)
    assert (sprite.parts[:, :8] == 5).all()


@pytest.mark.parametrize("kind", ["stripes", "columns", "plaid", "dots", "splice"])
def test_every_pattern_covers_a_part(kind):
    ys, xs = np.mgrid[-40:40, -40:40].astype(float)
    share = Pattern(kind, (0, 0, 0), 8.0, (0.0, 0.0)).covers(xs, ys).mean()
    assert 0.2 < share < 0.6
    assert not Pattern("plain", (0, 0, 0), 8.0, (0.0, 0.0)).covers(xs, ys).any()


def test_palette_is_limited_to_a_byte():
    palette = Palette()
    shape = Shape(box(0, 0, 1, 1), (0, 0, 0), 1, 1, 1, 0.0)
    for _ in range(255):
        palette.add(shape, (0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="at most 255"):
        palette.add(shape, (0.0, 0.0, 0.0))


def test_capsule_reaches_both_ends():
    outline = capsule(np.array([10.0, 0.0]), np.array([10.0, 20.0]), 4.0, 2.0)
    np.testing.assert_allclose(outline.min(axis=0), [6, -4], atol=1e-9)
    np.testing.assert_allclose(outline.max(axis=0), [14, 22], atol=1e-9)


def test_round_off_stays_inside_and_doubles_the_corners():
    square = box(0, 0, 4, 4)
    rounded = round_off(square, 2)
    assert rounded.shape == (16, 2)
    assert rounded.min() >= 0
    assert rounded.max() <= 4
    assert not (rounded == 0).all(axis=1).any()


def test_solid():
    np.testing.assert_array_equal(solid((1, 2, 3)), np.float32([1, 2, 3]))
