"""Parameter groups with and without weight decay."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from solider_mm.engine.optim.pretrain_constructor import decay_groups
from solider_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS

WRAPPER = dict(
    type="solider_mm.PretrainOptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.04),
    clip_grad=dict(type="per_tensor", max_norm=3.0),
)


def _build(config: dict, **kwargs: object):
    return OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(
            type="solider_mm.PretrainOptimWrapperConstructor",
            optim_wrapper_cfg=config,
            **kwargs,
        )
    )


def test_two_groups_without_frozen_parameters() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2), nn.Linear(2, 2))
    model[2].requires_grad_(False)
    wrapper = _build(WRAPPER)(model)
    decaying, flat = wrapper.optimizer.param_groups
    assert decaying["weight_decay"] == 0.04
    assert flat["weight_decay"] == 0
    assert [p is q for p, q in zip(decaying["params"], [model[0].weight], strict=True)]
    assert len(flat["params"]) == 3
    assert "type" in WRAPPER["optimizer"]  # the config is left as it was


def test_groups_equal_the_reference(shared: Path) -> None:
    golden = np.load(shared / "golden/schedules.npz")
    model = nn.Module()
    for name in golden["clip_names"]:
        *path, leaf = str(name).split(".")
        owner = model
        for part in path:
            if part not in owner._modules:
                owner.add_module(part, nn.Module())
            owner = owner._modules[part]
        value = torch.from_numpy(golden[f"clip_in__{name}"])
        owner.register_parameter(leaf, nn.Parameter(value))
    named = {id(p): n for n, p in model.named_parameters()}
    decay, no_decay = ({named[id(p)] for p in g} for g in decay_groups(model))
    assert decay == set(golden["group_decay_names"].tolist())
    assert no_decay == set(golden["group_nodecay_names"].tolist())


def test_paramwise_options_are_refused() -> None:
    with pytest.raises(ValueError, match="paramwise_cfg"):
        _build(WRAPPER, paramwise_cfg=dict(norm_decay_mult=0))
