"""Two parameter groups: with and without weight decay."""

from typing import Any

from mmengine.optim import OptimWrapper
from torch import nn

from solider_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PretrainOptimWrapperConstructor:
    """Build the optimizer with all trainable parameters in two groups.

    Biases and other one-dimensional parameters get no weight decay; frozen ones are
    left out. mmengine's constructor makes one group per parameter, the teacher's
    included, so that neither schedulers nor fused optimizers can work on many
    parameters at once.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer`` inside.
        paramwise_cfg: Not supported here.

    Raises:
        ValueError: If ``paramwise_cfg`` is given.

    Source:
        reference_facts §2.6; golden/schedules.npz ``group_*``.
    """

    def __init__(
        self,
        optim_wrapper_cfg: dict[str, Any],
        paramwise_cfg: dict[str, Any] | None = None,
    ) -> None:
        if paramwise_cfg:
            raise ValueError(
                f"paramwise_cfg={paramwise_cfg} has no effect here: remove it, or "
                "remove constructor='PretrainOptimWrapperConstructor'."
            )
        self.config = dict(optim_wrapper_cfg)

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the wrapped optimizer of a model."""
        decay, no_decay = decay_groups(model)
        config = dict(self.config)
        optimizer = dict(config.pop("optimizer"))
        optimizer["params"] = [
            {"params": decay},
            {"params": no_decay, "weight_decay": 0.0},
        ]
        config.setdefault("type", "OptimWrapper")
        return OPTIM_WRAPPERS.build(
            {**config, "optimizer": OPTIMIZERS.build(optimizer)}
        )


def decay_groups(
    model: nn.Module,
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Trainable parameters with weight decay, and those without.

    Args:
        model: Any module.

    Returns:
        Parameters of two or more dimensions that are no biases; all the others.
    """
    decay: list[nn.Parameter] = []
    no_decay: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            flat = parameter.ndim <= 1 or name.endswith(".bias")
            (no_decay if flat else decay).append(parameter)
    return decay, no_decay
