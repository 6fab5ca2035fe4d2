"""Batch normalization of tokens with statistics over all processes."""

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce


def _is_distributed() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def _sum_over_processes(value: Tensor) -> Tensor:
    return all_reduce(value) if _is_distributed() else value


def synced_batch_norm(tokens: Tensor, norm: nn.BatchNorm1d) -> Tensor:
    """Normalize tokens by the mean and variance over the tokens of every process.

    `nn.SyncBatchNorm` has no CPU kernel, and plain batch normalization fails if a
    process has no token or one token. Here a process without tokens takes part in the
    exchange and gets an empty result that is still attached to the graph, so ranks on
    which no image was kept need no special case.

    Args:
        tokens: Tokens (T, C); T may be 0 and may differ between processes.
        norm: Module with the affine parameters, the running statistics and the mode.

    Returns:
        Normalized tokens (T, C).
    """
    if not norm.training or (len(tokens) > 1 and not _is_distributed()):
        return norm(tokens)
    tokens = tokens.float()
    count = _sum_over_processes(tokens.new_tensor([len(tokens)])).clamp(min=1)
    mean = _sum_over_processes(tokens.sum(0)) / count  # (C,)
    centered = tokens - mean
    variance = _sum_over_processes(centered.square().sum(0)) / count  # (C,)
    _update_running(norm, mean.detach(), variance.detach(), count)
    scale = norm.weight * (variance + norm.eps).rsqrt()
    return centered * scale + norm.bias


def _update_running(
    norm: nn.BatchNorm1d, mean: Tensor, variance: Tensor, count: Tensor
) -> None:
    if norm.running_mean is None or norm.running_var is None:
        return
    # A step without tokens on any rank must not change the statistics.
    share = (norm.momentum or 0.0) * (count > 1).float()
    unbiased = variance * count / (count - 1).clamp(min=1)
    with torch.no_grad():
        norm.running_mean.lerp_(mean, share)
        norm.running_var.lerp_(unbiased, share)
        if norm.num_batches_tracked is not None:
            norm.num_batches_tracked.add_(1)


def normalized_linear(features: Tensor, weight: Tensor) -> Tensor:
    """Cosines between features and class vectors.

    Args:
        features: Features (T, C).
        weight: Class vectors (N, C).

    Returns:
        Cosines (T, N) in [−1, 1].
    """
    return F.linear(F.normalize(features, dim=-1), F.normalize(weight, dim=-1))
