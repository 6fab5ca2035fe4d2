"""The model averaged over cycles, and its batch normalization."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["reestimate_batch_norm", "update_cycle_average"]


@torch.no_grad()
def update_cycle_average(
    average: nn.Module, current: nn.Module, finished_cycles: int
) -> None:
    """Let the current model into the average of all cycles, all counting the same.

    averaged ← (1 − 1/(n + 1)) · averaged + 1/(n + 1) · current, for parameters. With
    n = 0 this is a copy, and buffers are copied too.

    Args:
        average: The averaged model; changed in place.
        current: The model after this cycle.
        finished_cycles: n, the cycles that are in the average already.

    Source:
        docs/reference.md §8.3.
    """
    if finished_cycles == 0:
        average.load_state_dict(current.state_dict())
        return
    share = 1 / (finished_cycles + 1)
    own, new = average.parameters(), current.parameters()
    for averaged, parameter in zip(own, new, strict=True):
        averaged.copy_(torch.lerp(averaged.double(), parameter.double(), share))


@torch.no_grad()
def reestimate_batch_norm(model: nn.Module, batches: Iterable[Any]) -> int:
    """Estimate the statistics of batch normalization anew, for weights that are fixed.

    Only the batch normalizations are in training mode meanwhile, so neither dropout
    nor drop path disturbs the statistics; the model is in evaluation mode afterwards.
    Every image counts the same.

    Args:
        model: A mmengine model, with its data preprocessor.
        batches: Of the training loader; each is seen once.

    Returns:
        Number of images that were seen.

    Source:
        docs/reference.md §8.3; in evaluation mode and without gradients, unlike docs/reference.md §H6.
    """
    model.eval()
    layers = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    layers = [layer for layer in layers if layer.track_running_stats]
    if not layers:
        return 0
    seen = 0
    with _collecting(layers):
        for batch in batches:
            data = model.data_preprocessor(batch, False)  # type: ignore[operator]
            count = len(data["inputs"])
            seen += count
            for layer in layers:
                layer.momentum = count / seen
            model(**data, mode="tensor")
    for statistics in _statistics(layers):
        all_reduce(statistics, "mean")
    return seen


@contextmanager
def _collecting(layers: list[_BatchNorm]) -> Iterator[None]:
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.train()
    try:
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
            layer.eval()


def _statistics(layers: list[_BatchNorm]) -> Iterator[Tensor]:
    for layer in layers:
        for statistics in (layer.running_mean, layer.running_var):
            if statistics is not None:
                yield statistics
