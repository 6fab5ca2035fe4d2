"""Parameter groups with and without weight decay, and a fused optimizer."""

from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS

_OPTIONS = {"controller_lr_mult", "last_norm_lr_mult"}


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PretrainOptimWrapperConstructor:
    """Build the optimizer with all trainable parameters in few groups.

    Biases and other one-dimensional parameters get no weight decay; frozen ones are
    omitted. mmengine's constructor makes one group per parameter, the teacher's
    included, so that neither schedulers nor fused optimizers can work on many
    parameters at once. AdamW takes its fused kernel where torch has one, unless the
    config says otherwise.

    Args:
        optim_wrapper_cfg: Config of the wrapper, with ``optimizer`` inside.
        paramwise_cfg: ``last_norm_lr_mult``: learning rate of the backbone's last norm
            over that of all others, for short runs (deviation 58).
            ``controller_lr_mult``: the same of the semantic controller, without weight
            decay (deviation 59). A factor other than 1 makes a group of its own.

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
        self.controller_lr_mult = float(options.get("controller_lr_mult", 1.0))

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the wrapped optimizer of a model."""
        model = unwrap_model(model)
        decay, no_decay = decay_groups(model)
        config = dict(self.config)
        optimizer = dict(config.pop("optimizer"))
        groups: list[dict[str, Any]] = []
        for factor, modules in (
            (self.last_norm_lr_mult, _last_norm),
            (self.controller_lr_mult, _controller),
        ):
            if factor == 1.0:
                continue
            own = {id(p) for module in modules(model) for p in module.parameters()}
            chosen = [p for p in [*decay, *no_decay] if id(p) in own]
            decay, no_decay = (
                [p for p in group if id(p) not in own] for group in (decay, no_decay)
            )
            rate = optimizer["lr"] * factor
            groups.append({"params": chosen, "weight_decay": 0.0, "lr": rate})
        groups = [
            {"params": decay},
            {"params": no_decay, "weight_decay": 0.0},
            *groups,
        ]
        optimizer["params"] = groups
        if optimizer["type"] == "AdamW" and can_fuse(
            [p for group in groups for p in group["params"]]
        ):
            optimizer.setdefault("fused", "foreach" not in optimizer)
        config.setdefault("type", "OptimWrapper")
        return OPTIM_WRAPPERS.build(
            {**config, "optimizer": OPTIMIZERS.build(optimizer)}
        )


def _last_norm(model: nn.Module) -> list[nn.Module]:
    """Return the norm behind the backbone's last stage."""
    backbone = model.get_submodule("backbone")
    last: int = backbone.out_indices[-1]  # type: ignore[index, assignment]
    return [backbone.get_submodule(f"norm{last}")]


def _controller(model: nn.Module) -> list[nn.Module]:
    """The backbone's semantic controller."""
    return [model.get_submodule("backbone.controller")]


def can_fuse(parameters: list[nn.Parameter]) -> bool:
    """Return whether torch has a fused AdamW for the devices of the parameters."""
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
