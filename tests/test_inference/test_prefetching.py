import threading
import time

import pytest

from solider_mm.inference.prefetching import prefetch


def test_order_is_kept():
    assert list(prefetch(range(100), 3)) == list(range(100))


def test_reads_ahead_but_not_without_limit():
    read = []

    def items():
        for number in range(50):
            read.append(number)
            yield number

    ahead = prefetch(items(), 4)
    next(ahead)
    time.sleep(0.3)
    assert 4 <= len(read) <= 7
    ahead.close()


def test_errors_reach_the_consumer_in_their_place():
    def items():
        yield 1
        raise ValueError("broken")

    ahead = prefetch(items(), 2)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_thread_ends_when_the_consumer_stops():
    ahead = prefetch(iter(int, 1), 2)
    next(ahead)
    ahead.close()
    assert not [t for t in threading.enumerate() if t.name == "prefetch"]
