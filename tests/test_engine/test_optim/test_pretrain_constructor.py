"""Parameter groups with and without weight decay."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from solider_mm.engine.optim import pretrain_constructor as module
from solider_mm.engine.optim.pretrain_constructor import can_fuse, decay_groups
from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS

ROOT = Path(__file__).resolve().parents[3]
PRETRAIN_CONFIGS = sorted((ROOT / "configs" / "pretrain").glob("*.py"))
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


def test_the_last_norm_may_learn_faster() -> None:
    model = nn.Module()
    model.backbone = SOLIDERSwin(
        arch=dict(embed_dims=8, depths=(1, 1), num_heads=(1, 1)),
        strides=(4, 2),
        out_indices=(1,),
    )
    model.neck = nn.Linear(16, 4)
    options = dict(last_norm_lr_mult=20)
    wrapper = _build(WRAPPER, paramwise_cfg=options)(model)
    decaying, flat, last = wrapper.optimizer.param_groups
    norm = model.backbone.norm1
    assert {id(p) for p in last["params"]} == {id(norm.weight), id(norm.bias)}
    assert [group["lr"] for group in (decaying, flat, last)] == [1e-3, 1e-3, 0.02]
    assert last["weight_decay"] == flat["weight_decay"] == 0
    everything = [id(p) for g in wrapper.optimizer.param_groups for p in g["params"]]
    assert len(everything) == len(set(everything))
    assert set(everything) == {id(p) for p in model.parameters() if p.requires_grad}


def test_controllers_may_learn_faster() -> None:
    model = nn.Module()
    model.backbone = SOLIDERSwin(
        arch=dict(embed_dims=8, depths=(1, 1), num_heads=(1, 1)),
        strides=(4, 2),
        out_indices=(1,),
    )
    options = dict(last_norm_lr_mult=20, controller_lr_mult=5)
    wrapper = _build(WRAPPER, paramwise_cfg=options)(model)
    groups = wrapper.optimizer.param_groups
    assert [group["lr"] for group in groups] == [1e-3, 1e-3, 0.02, 5e-3]
    assert [group["weight_decay"] for group in groups] == [0.04, 0, 0, 0]
    own = {
        id(parameter)
        for name, parameter in model.named_parameters()
        if "semantic_embed" in name
    }
    assert {id(parameter) for parameter in groups[3]["params"]} == own
    everything = [id(p) for group in groups for p in group["params"]]
    assert len(everything) == len(set(everything)) == len(list(model.parameters()))


def test_adamw_is_fused_where_torch_can(monkeypatch) -> None:
    def fused(**options: object) -> bool:
        config = {**WRAPPER, "optimizer": {**WRAPPER["optimizer"], **options}}
        return bool(_build(config)(nn.Linear(2, 2)).optimizer.defaults.get("fused"))

    assert fused() is can_fuse([nn.Parameter(torch.zeros(1))])
    assert fused(fused=False) is False
    assert fused(foreach=True) is False
    monkeypatch.setattr(module, "can_fuse", lambda _: False)
    assert fused() is False


def test_fused_steps_equal_plain_ones() -> None:
    if not can_fuse([nn.Parameter(torch.zeros(1))]):
        pytest.skip("this torch has no fused AdamW on a CPU")
    steps = []
    for fused in (False, True):
        torch.manual_seed(0)
        layer = nn.Linear(4, 3)
        config = {**WRAPPER, "optimizer": {**WRAPPER["optimizer"], "fused": fused}}
        wrapper = _build(config)(layer)
        for _ in range(3):
            wrapper.update_params(layer(torch.ones(2, 4)).square().sum())
        steps.append(layer.weight.detach().clone())
    torch.testing.assert_close(*steps, rtol=1e-6, atol=1e-7)


def test_groups_equal_the_reference(golden_dir: Path) -> None:
    golden = np.load(golden_dir / "schedules.npz")
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


class ToyWrapper(nn.Module):
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


@pytest.mark.parametrize("path", PRETRAIN_CONFIGS, ids=lambda path: path.stem)
def test_every_pretraining_config_builds_its_optimizer_in_a_wrapper(path: Path) -> None:
    cfg = Config.fromfile(path).optim_wrapper
    constructor = OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(
            type=cfg.pop("constructor"),
            paramwise_cfg=cfg.pop("paramwise_cfg", None),
            optim_wrapper_cfg={**cfg, "type": "PretrainOptimWrapper", "dtype": None},
        )
    )
    constructor.config.pop("loss_scale", None)
    model = nn.Module()
    model.backbone = SOLIDERSwin(arch="nano")
    MODEL_WRAPPERS.register_module(module=ToyWrapper)
    try:
        wrapped, plain = constructor(ToyWrapper(model)), constructor(model)
    finally:
        MODEL_WRAPPERS.module_dict.pop("ToyWrapper")
    for a, b in zip(
        wrapped.optimizer.param_groups, plain.optimizer.param_groups, strict=True
    ):
        assert all(p is q for p, q in zip(a["params"], b["params"], strict=True))
        assert a["lr"] == b["lr"]
