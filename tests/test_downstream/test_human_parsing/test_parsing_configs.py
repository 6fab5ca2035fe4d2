"""Learning rates, λ, sizes and heads of the human parsing configs."""

import mmengine.optim  # noqa: F401  (registers the schedulers)
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, PARAM_SCHEDULERS, DefaultScope

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

TINY = "ce2p_solider-swin-tiny_8xb8-sgdr-150e_lip-572x384.py"
UPERNET = "upernet_solider-swin-tiny_8xb8-sgdr-150e_lip-572x384.py"
# docs/reference.md §8.5.
RATES = {0: 1.4e-5, 15: 3.507e-3, 30: 7e-3, 119: 1.6128e-5, 120: 3.5e-3, 129: 9.931e-5}


def read_config(root, name):
    return Config.fromfile(root / "configs" / "human_parsing" / name)


@pytest.mark.parametrize("name", [TINY, UPERNET])
def test_published_learning_rates(root, name):
    cfg = read_config(root, name)
    weight = torch.nn.Parameter(torch.zeros(1))
    kind = dict(cfg.optim_wrapper.optimizer)
    assert kind.pop("type") == "SGD"
    optimizer = torch.optim.SGD([weight], **kind)
    schedulers = [
        PARAM_SCHEDULERS.build(dict(one), default_args=dict(optimizer=optimizer))
        for one in cfg.param_scheduler
    ]
    seen = []
    for _ in range(cfg.train_cfg.max_epochs):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    for epoch, rate in RATES.items():
        assert seen[epoch] == pytest.approx(rate, abs=1e-8)
    assert seen[130:140] == pytest.approx(seen[120:130], abs=1e-12)
    assert len(seen) == 150


@pytest.mark.parametrize("arch", ["tiny", "small", "base"])
def test_published_recipe(root, arch):
    cfg = read_config(root, TINY.replace("tiny", arch))
    assert cfg.model.backbone.semantic_weight == 0.8
    assert cfg.model.backbone.strides == (4, 2, 2, 1)
    assert cfg.model.backbone.frozen_stages == 0
    assert cfg.model.test_cfg.scales == (0.5, 0.75, 1.0, 1.25, 1.5)
    assert cfg.model.test_cfg.flip_pairs == [(14, 15), (16, 17), (18, 19)]
    assert cfg.custom_hooks[1] == dict(
        type="solider_mm.SelfCorrectionHook", start_epoch=120, cycle_epochs=10
    )
    flip = cfg.train_dataloader.dataset.pipeline[3]
    assert flip.swap_seg_labels == cfg.model.test_cfg.flip_pairs


def build(cfg):
    cfg.model.backbone.init_cfg = None
    with DefaultScope.overwrite_default_scope("mmseg"):
        return MODELS.build(cfg.model).eval()


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["tiny", "base"])
def test_published_map_sizes(root, arch):
    """Maps of a 572×384 crop: 143×96, 72×48, 36×24, 36×24 (docs/reference.md §8.1)."""
    model = build(read_config(root, TINY.replace("tiny", arch)))
    with torch.no_grad():
        maps = model.extract_feat(torch.zeros(1, 3, 572, 384))
        outputs = model.decode_head(maps)
    width = {"tiny": 96, "base": 128}[arch]
    assert [tuple(one.shape[1:]) for one in maps] == [
        (width, 143, 96),
        (2 * width, 72, 48),
        (4 * width, 36, 24),
        (8 * width, 36, 24),
    ]
    assert outputs.fusion.shape == (1, 20, 143, 96)


@pytest.mark.slow
def test_upernet_parses(root):
    model = build(read_config(root, UPERNET))
    with torch.no_grad():
        logits = model.inference(torch.zeros(1, 3, 64, 48), [dict(img_shape=(64, 48))])
    assert logits.shape == (1, 20, 64, 48)
