"""Random seeds computed from counters, so that no random state must be saved."""

_MASK = (1 << 64) - 1


def counter_seed(*counters: int) -> int:
    """Mix counters such as (seed, iteration, rank) into one 63-bit seed.

    Equal counters give equal seeds on every machine, and neighboring counters give
    unrelated ones. A run resumed at iteration k therefore samples what the
    uninterrupted run would have sampled, on every rank.

    Args:
        counters: Whole numbers; their order matters.

    Returns:
        Seed in [0, 2⁶³).

    Source:
        The finalizer of the public-domain generator SplitMix64 (Steele et al., 2014).
    """
    state = 0
    for counter in counters:
        state = _mix((state ^ (counter & _MASK)) + 0x9E3779B97F4A7C15)
    return state >> 1


def _mix(value: int) -> int:
    value &= _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
