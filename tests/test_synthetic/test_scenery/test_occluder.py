import numpy as np
import pytest

from solider_mm.synthetic.scenery.occluder import KINDS, render_occluder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_covers_some_and_leaves_some(kind):
    shares = [
        (render_occluder(np.random.default_rng(n), (128, 64), 110, kind).alpha > 0.5)
        .mean()
        .item()
        for n in range(8)
    ]
    assert max(shares) > 0.02
    assert max(shares) < 0.75


def test_occluders_have_no_labels():
    sprite = render_occluder(np.random.default_rng(0), (128, 64), 110)
    assert not sprite.parts.any()
    assert not sprite.limbs.any()


def test_unknown_kind():
    with pytest.raises(ValueError, match="'elephant'"):
        render_occluder(np.random.default_rng(0), (128, 64), 110, "elephant")
