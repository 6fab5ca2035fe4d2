"""Cache of the index tensors of recent map sizes."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import Tensor

__all__ = ["CACHE_SIZE", "cached_layout"]

CACHE_SIZE = 128

Layout = TypeVar("Layout")
Build = Callable[[tuple[int, int], int, int, torch.device], Layout]


def cached_layout(build: Build[Layout]) -> Build[Layout]:
    """Cache the results of a function of size, window, shift and device.

    Args:
        build: Function whose result depends on nothing else.

    Returns:
        The function with a cache; its `cache` attribute holds the newest layouts.
    """
    cache: OrderedDict[tuple[Any, ...], Layout] = OrderedDict()

    @wraps(build)
    def cached(
        size: tuple[int, int], window: int, shift: int, device: torch.device
    ) -> Layout:
        key = (*size, window, shift, device)
        if key in cache:
            cache.move_to_end(key)
            return cache[key]
        if min(*size, window) < 1 or not 0 <= shift < window:
            raise ValueError(
                f"a map of {size} tokens cannot be cut into windows of {window} with "
                f"shift {shift}: use a map and window of at least 1 and a shift in "
                "[0, window)"
            )
        # A tensor made in inference mode could not take part in training later.
        with torch.inference_mode(False), _untraced():
            layout = build(size, window, shift, device)
        # An exporter works with fake tensors, which are of no use afterwards.
        if type(torch.empty(0, device=device)) is Tensor:
            cache[key] = layout
            if len(cache) > CACHE_SIZE:
                cache.popitem(last=False)
        return layout

    cached.cache = cache  # type: ignore[attr-defined]
    return cached


@contextmanager
def _untraced() -> Iterator[None]:
    """Hide what is done from `torch.jit.trace`: layouts are constants of its graph."""
    state = torch._C._get_tracing_state()
    torch._C._set_tracing_state(None)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch._C._set_tracing_state(state)  # type: ignore[attr-defined]
