"""Cache of the index tensors of recent map sizes."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor

__all__ = ["CACHE_SIZE", "cached_layout"]

CACHE_SIZE = 128

Layout = TypeVar("Layout")
P = ParamSpec("P")


def cached_layout(build: Callable[P, Layout]) -> Callable[P, Layout]:
    """Cache the results of a function whose last argument is a device.

    Args:
        build: Function whose result depends on its arguments, which are hashable.

    Returns:
        The function with a cache; its `cache` attribute holds the newest layouts.
    """
    cache: OrderedDict[tuple[Any, ...], Layout] = OrderedDict()

    @wraps(build)
    def cached(*args: P.args, **kwargs: P.kwargs) -> Layout:
        if args in cache:
            cache.move_to_end(args)
            return cache[args]
        # A tensor made in inference mode could not take part in training later.
        with torch.inference_mode(False), _untraced():
            layout = build(*args, **kwargs)
        # An exporter works with fake tensors, which are of no use afterwards.
        device: Any = args[-1]
        if type(torch.empty(0, device=device)) is Tensor:
            cache[args] = layout
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
