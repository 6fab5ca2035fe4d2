"""Keep the index tensors of the map sizes that a model meets."""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import Tensor

__all__ = ["CACHE_SIZE", "cached_layout"]

CACHE_SIZE = 128

Layout = TypeVar("Layout")
Build = Callable[[tuple[int, int], int, int, torch.device], Layout]


def cached_layout(build: Build[Layout]) -> Build[Layout]:
    """Remember what a function of size, window, shift and device has built.

    Args:
        build: Makes a layout that depends on nothing else.

    Returns:
        The same function; its ``cache`` attribute holds the newest layouts.
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
        with torch.inference_mode(False):
            layout = build(size, window, shift, device)
        # An exporter traces with stand-ins for tensors; those must not outlive it.
        if type(torch.empty(0, device=device)) is Tensor:
            cache[key] = layout
            if len(cache) > CACHE_SIZE:
                cache.popitem(last=False)
        return layout

    cached.cache = cache  # type: ignore[attr-defined]
    return cached
