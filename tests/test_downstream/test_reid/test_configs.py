"""The leaves of re-identification: recipe, numbers of the facts, models that train."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample
from torch import nn

from solider_mm.registry import MODELS, PARAM_SCHEDULERS

CONFIGS = Path(__file__).resolve().parents[3] / "configs/reid"
LEAVES = sorted(CONFIGS.glob("*.py"))
OFFICIAL = [leaf for leaf in LEAVES if "nano" not in leaf.stem]
NANO = [leaf for leaf in LEAVES if "nano" in leaf.stem]
CHANNELS = {"tiny": 768, "small": 768, "base": 1024, "nano": 160}
# Base rate by size: docs/reference.md §4.4.
MARKET = {"tiny": 8e-4, "small": 8e-4, "base": 8e-4}
MSMT = {"tiny": 8e-4, "small": 2e-4, "base": 2e-4}


def stem(path: Path) -> str:
    return path.stem


def size_of(leaf: Path) -> str:
    return leaf.stem.split("-")[2].split("_")[0]


def build(cfg: Config) -> Any:
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        return MODELS.build(cfg.model)


def samples(labels: list[int]) -> list[DataSample]:
    return [DataSample().set_gt_label(label) for label in labels]


def test_config_exists_for_every_size_and_dataset() -> None:
    assert len(OFFICIAL) == 6
    assert len(NANO) == 2


@pytest.mark.parametrize("leaf", OFFICIAL, ids=stem)
def test_matches_official_recipe(leaf: Path) -> None:
    cfg = Config.fromfile(leaf)
    msmt = "msmt17" in leaf.stem
    assert cfg.optim_wrapper.optimizer.lr == (MSMT if msmt else MARKET)[size_of(leaf)]
    assert cfg.model.backbone.arch == size_of(leaf)
    assert cfg.model.backbone.semantic_weight == cfg.semantic_weight == 0.2
    assert cfg.model.head.num_classes == (1041 if msmt else 751)
    assert cfg.train_cfg == dict(by_epoch=True, max_epochs=120, val_interval=10)
    assert cfg.train_dataloader.batch_size == 64
    assert cfg.test_dataloader == cfg.val_dataloader
    kinds = {cfg[f"{part}_dataloader"].dataset.type for part in ("train", "test")}
    assert kinds == {"solider_mm.MSMT17" if msmt else "solider_mm.Market1501"}


@pytest.mark.parametrize("leaf", LEAVES, ids=stem)
def test_model_builds(leaf: Path) -> None:
    cfg = Config.fromfile(leaf)
    with torch.device("meta" if "nano" not in leaf.stem else "cpu"):
        model = build(cfg)
    channels = CHANNELS[size_of(leaf)]
    assert model.backbone.num_features[-1] == channels
    assert model.head.bnneck.num_features == channels
    frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
    assert all("semantic_embed" in n or n == "head.bnneck.bias" for n in frozen)
    assert len(frozen) == 1 + 4 * len(model.backbone.controller.semantic_embed_w)


def test_biases_have_twice_the_rate() -> None:
    """docs/reference.md §R4, without unused norms of inner stages: 93 − 3 tensors."""
    cfg = Config.fromfile(next(leaf for leaf in OFFICIAL if "swin-tiny" in leaf.stem))
    with torch.device("meta"):
        model = build(cfg)
    optim = dict(cfg.optim_wrapper, type="OptimWrapper")
    optim.pop("loss_scale")
    optim_wrapper = build_optim_wrapper(model, optim)
    names = [n for n, p in model.named_parameters() if p.requires_grad]
    groups = optim_wrapper.optimizer.param_groups
    doubled = [n for n, g in zip(names, groups, strict=True) if g["lr"] == 2 * 8e-4]
    assert doubled == [n for n in names if "bias" in n]
    assert len(doubled) == 93 - 3
    assert sum("relative_position_bias_table" in n for n in doubled) == 12
    assert {g["weight_decay"] for g in groups} == {1e-4}
    PARAM_SCHEDULERS.build(dict(cfg.param_scheduler, optimizer=optim_wrapper))
    assert [g["lr"] for g in groups] == pytest.approx([8e-6] * len(groups))


@pytest.fixture
def nano() -> Any:
    cfg = Config.fromfile(NANO[0])
    model = build(cfg)
    model.init_weights()
    return model


def test_nano_starts_from_embedded_weights(nano: nn.Module) -> None:
    random = build(Config.fromfile(NANO[0]))
    name = "patch_embed.projection.weight"
    loaded = nano.backbone.state_dict()[name]
    assert not torch.equal(loaded, random.backbone.state_dict()[name])


def test_all_trainable_weights_get_gradients(nano: nn.Module) -> None:
    """So DDP needs no find_unused_parameters."""
    nano.train()
    losses = nano(torch.randn(4, 3, 64, 32), samples([0, 0, 1, 1]), mode="loss")
    sum(value for key, value in losses.items() if "loss" in key).backward()
    for name, parameter in nano.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name


def test_refuses_missing_semantic_weight() -> None:
    cfg = Config.fromfile(NANO[0])
    del cfg.model.backbone["semantic_weight"]
    with pytest.raises(ValueError, match="semantic_weight"):
        build(cfg)(torch.zeros(1, 3, 64, 32), mode="predict")


def test_semantic_weight_changes_feature(nano: nn.Module) -> None:
    nano.eval()
    images = torch.randn(2, 3, 64, 32)
    features = []
    for weight in (0.2, 1.0):
        nano.backbone.semantic_weight = weight
        features.append(nano(images, mode="predict")[0].feature)
    assert features[0].shape == (160,)
    assert (features[0] - features[1]).norm() > 1e-3 * features[0].norm()
