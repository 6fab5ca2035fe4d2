"""Freeze the prototypes in the first epochs."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.optim import Optimizer

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.registry import HOOKS


@HOOKS.register_module()
class LastLayerFreezeHook(Hook):
    """Freeze the last layer of the neck for the first epochs.

    Its gradients are removed just before each optimizer step. `requires_grad = False`
    instead would make distributed training wait for gradients that never arrive, and a
    zero gradient would still apply weight decay.

    Args:
        epochs: Number of epochs without a step of the last layer; 0 never freezes.

    Source:
        docs/reference.md §2.6 "last DINO layer frozen in epoch 0".
    """

    def __init__(self, epochs: int = 1) -> None:
        self.epochs = epochs

    def before_train(self, runner: Runner) -> None:
        """Register the hook on the optimizer."""
        neck: Any = unwrap_model(runner.model).neck
        parameters = list(neck.last_layer.parameters())

        def drop_gradients(
            optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> None:
            del optimizer, args, kwargs
            if runner.epoch < self.epochs:
                for parameter in parameters:
                    parameter.grad = None

        runner.optim_wrapper.optimizer.register_step_pre_hook(drop_gradients)
