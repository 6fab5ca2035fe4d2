"""Parameter groups with and without weight decay, and a fused optimizer."""

from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from solider_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS

_OPTIONS = {"last_norm_lr_mult"}


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PretrainOptimWrapperConstructor:
    """Build the optimizer with all trainable parameters in few groups.

    Biases and other one-dimensional parameters get no weight decay; frozen ones are
    left out. mmengine's constructor makes one group per parameter, the teacher's
    included, so that neither schedulers nor fused optimizers can work on many
    parameters at once. AdamW takes its fused kernel where torch has one, unless the
    config says otherwise.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer`` inside.
        paramwise_cfg: ``last_norm_lr_mult``: learning rate of the backbone's last norm
            over that of all others, for short runs (deviation 58); a group of its own.

    Raises:
        ValueError: If ``paramwise_cfg`` has another option.

    Source:
        docs/reference.md §2.6; tests/data/golden/schedules.npz ``group_*``.
    """

    def __init__(
        self,
        optim_wrapper_cfg: dict[str, Any],
        paramwise_cfg: dict[str, Any] | None = None,
    ) -> None:
        options = dict(paramwise_cfg or {})
        if not options.keys() <= _OPTIONS:
            raise ValueError(
                f"paramwise_cfg={options}: expected no options but {sorted(_OPTIONS)}; "
                "remove the others, or remove "
                "constructor='PretrainOptimWrapperConstructor'."
            )
        self.config = dict(optim_wrapper_cfg)
        self.last_norm_lr_mult = float(options.get("last_norm_lr_mult", 1.0))

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the wrapped optimizer of a model."""
        decay, no_decay = decay_groups(model)
        config = dict(self.config)
        optimizer = dict(config.pop("optimizer"))
        groups: list[dict[str, Any]] = [
            {"params": decay},
            {"params": no_decay, "weight_decay": 0.0},
        ]
        if self.last_norm_lr_mult != 1.0:
            groups[1]["params"], last = _set_apart(no_decay, _last_norm(model))
            rate = optimizer["lr"] * self.last_norm_lr_mult
            groups.append({"params": last, "weight_decay": 0.0, "lr": rate})
        optimizer["params"] = groups
        if optimizer["type"] == "AdamW" and can_fuse([*decay, *no_decay]):
            optimizer.setdefault("fused", "foreach" not in optimizer)
        config.setdefault("type", "OptimWrapper")
        return OPTIM_WRAPPERS.build(
            {**config, "optimizer": OPTIMIZERS.build(optimizer)}
        )


def _last_norm(model: nn.Module) -> nn.Module:
    """The norm behind the backbone's last stage."""
    backbone = model.get_submodule("backbone")
    last: int = backbone.out_indices[-1]  # type: ignore[index, assignment]
    return backbone.get_submodule(f"norm{last}")


def _set_apart(
    parameters: list[nn.Parameter], module: nn.Module
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Those that are not in the module, and those that are."""
    own = {id(parameter) for parameter in module.parameters()}
    return (
        [p for p in parameters if id(p) not in own],
        [p for p in parameters if id(p) in own],
    )


def can_fuse(parameters: list[nn.Parameter]) -> bool:
    """Whether torch has a fused AdamW where the parameters are; old ones: GPUs only."""
    try:
        for device in {parameter.device for parameter in parameters}:
            torch.optim.AdamW([torch.zeros(1, device=device)], fused=True)
    except RuntimeError:
        return False
    return True


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
