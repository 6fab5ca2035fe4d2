"""Model average over self-correction cycles and its batch normalization."""

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
    """Add the current model to the average of all cycles with equal weights.

    Parameters: averaged ← (1 − 1/(n + 1)) · averaged + 1/(n + 1) · current. For n = 0
    parameters and buffers are copied.

    Args:
        average: Averaged model, modified in place.
        current: Model after this cycle.
        finished_cycles: Number n of cycles already in the average.

    Source:
        docs/reference.md §8.3.
    """
    if finished_cycles == 0:
        average.load_state_dict(current.state_dict())
        return
    weight = 1 / (finished_cycles + 1)
    own, new = average.parameters(), current.parameters()
    for averaged, parameter in zip(own, new, strict=True):
        averaged.copy_(torch.lerp(averaged.double(), parameter.double(), weight))


@torch.no_grad()
def reestimate_batch_norm(model: nn.Module, batches: Iterable[Any]) -> int:
    """Re-estimate the statistics of batch normalization for fixed weights.

    Only the batch normalization layers are in training mode, so that neither dropout
    nor drop path affects the statistics. Every image has the same weight. Afterwards
    the model is in evaluation mode.

    Args:
        model: Model of mmengine with its data preprocessor.
        batches: Batches of the training loader.

    Returns:
        Number of images.

    Source:
        docs/reference.md §8.3. The released code leaves the model in training mode
        with gradients (docs/reference.md §H6, deviation 54).
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
