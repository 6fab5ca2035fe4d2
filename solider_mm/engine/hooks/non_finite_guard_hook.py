"""Skip optimizer steps whose loss or gradient is not finite."""

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from mmengine.dist import all_reduce, get_world_size
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.optim import Optimizer

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.registry import HOOKS

__all__ = ["NonFiniteError", "NonFiniteGuardHook"]

_MAX_NAMES = 8


class NonFiniteError(RuntimeError):
    """Several steps in a row had a loss or gradient that is not finite."""


@dataclass(frozen=True)
class _Step:
    """Outcome of one iteration, on its way to the host."""

    iteration: int
    is_bad: Tensor
    copied: torch.cuda.Event | None
    batch_idx: int
    data_batch: Any
    losses: dict[str, Tensor]


@HOOKS.register_module()
class NonFiniteGuardHook(Hook):
    """Skip a step with a NaN or infinite loss or gradient, and report its images.

    A single NaN pixel would otherwise turn all weights into NaN. The step is not
    applied, and buffers that the forward pass has changed (batch norm statistics, the
    center of DINO) get their values of before. Losses and gradients are checked by one
    reduction on the device. With a fused optimizer on a GPU the result decides there,
    as the loss scale of mixed precision does, and is read later without waiting. Other
    optimizers read it before the step.

    With fp16, infinite gradients are part of the search for the loss scale: mmengine's
    wrapper skips these steps itself, and only non-finite losses are reported.

    Args:
        patience: Number of bad iterations in a row after which training stops.

    Raises:
        ValueError: If `patience` is below 1.
    """

    priority = "HIGH"

    def __init__(self, patience: int = 3) -> None:
        if patience < 1:
            raise ValueError(f"patience is {patience}, expected at least 1.")
        self.patience = patience
        self._model: nn.Module | None = None
        self._buffers: list[Tensor] = []
        self._saved: list[Tensor] = []
        self._is_saved = False
        self._losses_finite: Tensor | None = None
        self._step_finite: Tensor | None = None
        self._scales_loss = False
        self._steps: deque[_Step] = deque()
        self._streak = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> "NonFiniteGuardHook":
        """Keep one guard when a model is copied with its forward hooks."""
        return self

    def before_train(self, runner: Runner) -> None:
        """Register on the model and on its optimizers."""
        model = self._model = unwrap_model(runner.model)
        self._buffers = [b for b in model.buffers() if b.is_floating_point()]
        model.register_forward_pre_hook(self._save_buffers)
        model.register_forward_hook(self._check_losses)
        wrapper: Any = runner.optim_wrapper
        wrappers = wrapper.values() if hasattr(wrapper, "values") else [wrapper]
        for each in wrappers:
            self._scales_loss |= isinstance(each, AmpOptimWrapper) and (
                each.loss_scaler.is_enabled()
            )
            each.optimizer.register_step_pre_hook(self._check_gradients)
            each.optimizer.register_step_post_hook(_clear_skip)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Tensor] | None = None,
    ) -> None:
        """Send the outcome of this iteration to the host; report earlier ones."""
        losses, step = self._losses_finite, self._step_finite
        self._losses_finite = self._step_finite = None
        self._is_saved = False
        found = [flag for flag in (losses, step) if flag is not None]
        if not found:
            return
        is_bad = ~torch.stack(found).all()
        if losses is not None and step is None:  # no step, or one that AMP has skipped
            self._restore_buffers(~is_bad)
        copied = None
        if is_bad.is_cuda:
            is_bad = is_bad.to("cpu", non_blocking=True)
            copied = torch.cuda.Event()
            copied.record()
        self._steps.append(
            _Step(
                iteration=runner.iter + 1,
                is_bad=is_bad,
                copied=copied,
                batch_idx=batch_idx,
                data_batch=data_batch,
                losses={k: v for k, v in (outputs or {}).items() if "loss" in k},
            )
        )
        self._report(runner, wait=False)

    def after_train_epoch(self, runner: Runner) -> None:
        """Report the last iterations before a checkpoint is written."""
        self._report(runner, wait=True)

    @torch.no_grad()
    def _save_buffers(self, model: nn.Module, _: Any) -> None:
        if model is not self._model or not model.training or self._is_saved:
            return
        if not self._saved:
            self._saved = [buffer.clone() for buffer in self._buffers]
        elif self._buffers:
            torch._foreach_copy_(self._saved, self._buffers)
        self._is_saved = True

    @torch.no_grad()
    def _restore_buffers(self, finite: Tensor) -> None:
        if not finite.is_cuda and bool(finite):
            return
        for buffer, saved in zip(self._buffers, self._saved, strict=False):
            buffer.copy_(torch.where(finite, buffer, saved))

    @torch.no_grad()
    def _check_losses(self, model: nn.Module, _: Any, output: Any) -> None:
        if model is not self._model or not model.training:
            return
        losses = list(_loss_tensors(output))
        if losses:
            finite = torch.stack([loss.float().mean() for loss in losses]).isfinite()
            earlier = self._losses_finite
            now = finite.all()
            self._losses_finite = now if earlier is None else earlier & now

    @torch.no_grad()
    def _check_gradients(
        self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        del args, kwargs
        parameters = [p for g in optimizer.param_groups for p in g["params"]]
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients:
            return
        largest = torch.stack(
            [norm.float() for norm in torch._foreach_norm(gradients, float("inf"))]
        )
        finite = largest.isfinite().all()
        if self._losses_finite is not None:
            finite &= self._losses_finite.to(finite.device)
        if get_world_size() > 1:
            flag = finite.float()
            all_reduce(flag, op="min")
            finite = flag > 0
        if not self._scales_loss:
            self._step_finite = finite
        _skip_unless(finite, optimizer, parameters)
        self._restore_buffers(finite)

    def _report(self, runner: Runner, wait: bool) -> None:
        while self._steps:
            step = self._steps[0]
            if step.copied is not None and not step.copied.query():
                if not wait:
                    return
                step.copied.synchronize()
            self._steps.popleft()
            if not bool(step.is_bad):
                self._streak = 0
                continue
            self._streak += 1
            message = _message(runner, step)
            if self._streak >= self.patience:
                raise NonFiniteError(f"{message} {_advice(runner, self._streak)}")
            print_log(message, logger="current", level=logging.WARNING)


def _skip_unless(
    finite: Tensor, optimizer: Optimizer, parameters: list[nn.Parameter]
) -> None:
    """Make the coming step change nothing if `finite` is false."""
    is_fused = all(group.get("fused") for group in optimizer.param_groups)
    if finite.is_cuda and is_fused:
        bad: Tensor = (~finite).float()
        earlier = getattr(optimizer, "found_inf", None)
        found = bad if earlier is None else torch.maximum(bad, earlier)
        optimizer.found_inf = found  # type: ignore[attr-defined]
    elif not bool(finite):
        for parameter in parameters:
            parameter.grad = None


def _clear_skip(
    optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    del args, kwargs
    if not hasattr(optimizer, "grad_scale"):  # else the loss scaler removes both
        vars(optimizer).pop("found_inf", None)


def _loss_tensors(output: Any) -> Iterator[Tensor]:
    """List the losses among the outputs of a model in training."""
    for key, value in output.items() if isinstance(output, Mapping) else ():
        if "loss" in str(key):
            yield from value if isinstance(value, list | tuple) else [value]


def _message(runner: Runner, step: _Step) -> str:
    values = {key: float(torch.as_tensor(v).mean()) for key, v in step.losses.items()}
    listed = ", ".join(f"{key} = {value:g}" for key, value in values.items())
    names = _image_names(runner, step)
    images = f" Images of the batch: {', '.join(names)}." if names else ""
    return (
        f"Iteration {step.iteration}: the loss or a gradient is not finite ({listed}); "
        f"the step was not applied.{images}"
    )


def _advice(runner: Runner, streak: int) -> str:
    kept = runner.message_hub.runtime_info.get("last_ckpt")
    where = f"The last checkpoint is {kept}." if kept else "No checkpoint was kept."
    return (
        f"These were {streak} in a row, so training stops. Check these images, use a "
        "smaller learning rate, tighter gradient clipping, or bf16 instead of fp16. "
        f"{where}"
    )


def _image_names(runner: Runner, step: _Step) -> list[str]:
    """Find the image files of a batch, in the batch or by the sampler's order."""
    batch = step.data_batch if isinstance(step.data_batch, Mapping) else {}
    samples = batch.get("data_samples") or []
    names = [str(s.img_path) for s in samples if hasattr(s, "img_path")]
    loader = runner.train_dataloader
    if not names and hasattr(loader.sampler, "start_from"):
        sampler, size = copy(loader.sampler), loader.batch_size or 1
        start = step.batch_idx * size
        drawn = islice(iter(sampler), start, start + size)
        paths = getattr(loader.dataset, "img_path", None)
        names = [str(paths(index.sample)) for index in drawn] if paths else []
    more = len(names) - _MAX_NAMES
    return [*names[:_MAX_NAMES], *([f"and {more} more"] if more > 0 else [])]
