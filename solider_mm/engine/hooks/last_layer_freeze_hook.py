"""Keep the prototypes still while the features settle."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch.optim import Optimizer

from solider_mm.registry import HOOKS


@HOOKS.register_module()
class LastLayerFreezeHook(Hook):
    """Leave the last layer of the neck unchanged for the first epochs.

    Its gradients are dropped just before the optimizer steps. Switching off
    ``requires_grad`` instead would make distributed training wait for gradients that
    never come, and a zero gradient would still let weight decay act.

    Args:
        epochs: Epochs without a step of the last layer; 0 never freezes.

    Source:
        docs/reference.md §2.6 "last DINO layer frozen in epoch 0".
    """

    def __init__(self, epochs: int = 1) -> None:
        self.epochs = epochs

    def before_train(self, runner: Runner) -> None:
        """Attach to the optimizer."""
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        parameters = list(model.neck.last_layer.parameters())

        def drop_gradients(
            optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> None:
            del optimizer, args, kwargs
            if runner.epoch < self.epochs:
                for parameter in parameters:
                    parameter.grad = None

        runner.optim_wrapper.optimizer.register_step_pre_hook(drop_gradients)
