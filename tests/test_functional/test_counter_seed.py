"""Counter-based seeds."""

from itertools import product

from solider_mm.functional.counter_seed import counter_seed


def test_equal_counters_give_equal_seeds() -> None:
    assert counter_seed(3, 14, 1) == counter_seed(3, 14, 1) == 5240916494146930750


def test_order_and_neighbors_matter() -> None:
    seeds = {counter_seed(a, b, c) for a, b, c in product(range(20), repeat=3)}
    assert len(seeds) == 20**3
    assert counter_seed(1, 2) != counter_seed(2, 1)
    assert counter_seed(0) != counter_seed(0, 0)


def test_bits_are_balanced() -> None:
    seeds = [counter_seed(0, i) for i in range(2000)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    for bit in range(63):
        share = sum(seed >> bit & 1 for seed in seeds) / len(seeds)
        assert 0.45 < share < 0.55
