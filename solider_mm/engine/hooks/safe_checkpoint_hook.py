"""Checkpoints that survive interruptions and diverged weights."""

from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import nn

from solider_mm.checkpoints.atomic_backend import ATOMIC_BACKEND
from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.fileio.atomic import temporary_files
from solider_mm.registry import HOOKS

__all__ = ["SafeCheckpointHook"]


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's `CheckpointHook` that never loses a good checkpoint.

    Checkpoints are written under a temporary name and renamed once they are complete.
    Old ones, also the previous best, are removed only after that. Weights that are not
    finite are not saved, so they replace no earlier checkpoint. Temporary files of a
    killed run are removed at the start.

    Args:
        backend_args: mmengine's option; None writes local files atomically.
        **kwargs: Arguments of `CheckpointHook`.
    """

    max_keep_ckpts: int

    def __init__(
        self, *, backend_args: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(backend_args=backend_args or ATOMIC_BACKEND, **kwargs)

    def before_train(self, runner: Runner) -> None:
        """Remove temporary files of a killed run."""
        super().before_train(runner)
        folder = Path(self.out_dir)
        if is_main_process() and folder.is_dir():
            for path in temporary_files(folder):
                if path.suffix == ".pth":
                    path.unlink(missing_ok=True)

    def _save_checkpoint_with_step(
        self, runner: Runner, step: int, meta: dict[str, Any]
    ) -> None:
        if not _is_finite(runner):
            return
        limit, outdated = self.max_keep_ckpts, []
        if limit > 0:
            if step not in self.keep_ckpt_ids:
                surplus = max(0, len(self.keep_ckpt_ids) + 1 - limit)
                outdated = [*self.keep_ckpt_ids][:surplus]
                self.keep_ckpt_ids.append(step)  # the deque drops its first
            kept = list(self.keep_ckpt_ids)
            runner.message_hub.update_info("keep_ckpt_ids", kept)
        self.max_keep_ckpts = -1
        try:
            super()._save_checkpoint_with_step(runner, step, meta)
        finally:
            self.max_keep_ckpts = limit
        for old in outdated:
            self._remove(
                self.file_backend.join_path(
                    self.out_dir, self.filename_tmpl.format(old)
                )
            )

    def _save_best_checkpoint(self, runner: Runner, metrics: dict[str, float]) -> None:
        if not self.save_best or not _is_finite(runner):
            return
        before = self._best_paths()
        self._set_best_paths(dict.fromkeys(before))
        super()._save_best_checkpoint(runner, metrics)
        after = self._best_paths()
        self._set_best_paths({k: after.get(k) or before.get(k) for k in after})
        for key, path in after.items():
            if path and before.get(key) not in (None, path):
                self._remove(str(before[key]))

    def _best_paths(self) -> dict[str, str | None]:
        if len(self.key_indicators) == 1:
            return {"": self.best_ckpt_path}
        return dict(self.best_ckpt_path_dict)

    def _set_best_paths(self, paths: dict[str, str | None]) -> None:
        if len(self.key_indicators) == 1:
            self.best_ckpt_path = paths[""]
        else:
            self.best_ckpt_path_dict = paths

    def _remove(self, path: str) -> None:
        if is_main_process() and self.file_backend.isfile(path):
            self.file_backend.remove(path)


def _is_finite(runner: Runner) -> bool:
    """Return whether the model may be saved; log an error if not."""
    model = unwrap_model(runner.model)
    name = _first_non_finite(model)
    if name is None:
        return True
    runner.logger.error(
        f"No checkpoint is written after iteration {runner.iter + 1}: the weight "
        f"{name} is not finite. Earlier checkpoints are kept."
    )
    return False


@torch.no_grad()
def _first_non_finite(model: nn.Module) -> str | None:
    """Return the first weight with NaN or infinite values, by one read."""
    weights = {n: v for n, v in model.state_dict().items() if v.is_floating_point()}
    if not weights:
        return None
    finite = torch.stack([value.isfinite().all() for value in weights.values()])
    if bool(finite.all()):
        return None
    return list(weights)[int(finite.int().argmin())]
