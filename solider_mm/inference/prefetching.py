"""Load ahead in a thread, so that reading overlaps with computing."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

__all__ = ["prefetch"]

T = TypeVar("T")
_END = object()


def prefetch(items: Iterable[T], size: int) -> Iterator[T]:
    """Yield the items of an iterable that a thread reads ahead.

    Args:
        items: What to read.
        size: Items held at most, at least 1.

    Yields:
        The items in order.

    Raises:
        BaseException: What the iterable raised, at the place where it was raised.
    """
    reader = _Reader(items, max(1, size))
    reader.start()
    try:
        while (item := reader.waiting.get()) is not _END:
            if isinstance(item, _Raised):
                raise item.error
            yield cast(T, item)
    finally:
        reader.stopped.set()
        reader.join(timeout=5)


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Reader(threading.Thread):
    """Puts items into a bounded queue until it is told to stop."""

    def __init__(self, items: Iterable[object], size: int) -> None:
        super().__init__(name="prefetch", daemon=True)
        self.items = items
        self.waiting: queue.Queue[object] = queue.Queue(maxsize=size)
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            for item in self.items:
                if not self._put(item):
                    return
        except BaseException as error:  # raised again by the consumer
            self._put(_Raised(error))
        else:
            self._put(_END)

    def _put(self, item: object) -> bool:
        while not self.stopped.is_set():
            try:
                self.waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False
