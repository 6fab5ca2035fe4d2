import numpy as np
import pytest

from solider_mm.synthetic import randomness


def test_generator_depends_on_its_keys_only():
    first = randomness.generator(3, randomness.SHOT, 1, 2, 3).random(4)
    randomness.generator(3, randomness.SHOT, 9, 9, 9).random(100)
    again = randomness.generator(3, randomness.SHOT, 1, 2, 3).random(4)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("place", [(3, 1, 2, 4), (4, 1, 2, 3), (3, 2, 1, 3)])
def test_other_keys_give_another_generator(place):
    seed, *counters = place
    first = randomness.generator(3, randomness.SHOT, 1, 2, 3).random()
    assert randomness.generator(seed, randomness.SHOT, *counters).random() != first


def test_generator_refuses_negative_numbers():
    with pytest.raises(ValueError, match="0 or larger"):
        randomness.generator(0, randomness.SHOT, -1)


@pytest.mark.parametrize("size", [(128, 64), (2, 3), (1500, 20)])
def test_noise_has_the_requested_size(size):
    rng = randomness.generator(0, randomness.SHOT)
    for noise in (
        randomness.clouds(rng, size),
        randomness.clouds(rng, size, 6.0),
        randomness.grains(rng, size),
    ):
        assert noise.shape == size
        assert noise.dtype == np.float32


def test_grains_are_white_with_unit_deviation():
    grains = randomness.grains(randomness.generator(0, randomness.SHOT), (512, 512))
    assert abs(float(grains.mean())) < 0.02
    assert float(grains.std()) == pytest.approx(1.0, abs=0.02)
    neighbors = np.corrcoef(grains[:, 1:].ravel(), grains[:, :-1].ravel())[0, 1]
    assert abs(neighbors) < 0.02
