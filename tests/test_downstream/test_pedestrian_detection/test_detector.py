"""Detectors of the configs: training on synthetic scenes, gradients, shapes."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.structures import DetDataSample  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402

from solider_mm.checkpoints import read_checkpoint  # noqa: E402
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINT  # noqa: E402
from solider_mm.synthetic.writers.citypersons import write_citypersons  # noqa: E402

CONFIGS = Path(__file__).parents[3] / "configs/pedestrian_detection"
NANO = "csp_solider-swin-nano_1xb4-bf16-30e_synthetic-128x256.py"
FEWER = {"model.num_queries": 50, "model.test_cfg.max_per_img": 20}
STOCK = [
    "cascade-rcnn-fpn_solider-swin-tiny_8xb2-24e_citypersons-1024x2048.py",
    "dino-4scale_solider-swin-tiny_8xb2-12e_coco-person-800x1333.py",
]


def build(name, **options):
    cfg = Config.fromfile(CONFIGS / name)
    cfg.model.backbone.init_cfg = None
    cfg.merge_from_dict(options)
    with DefaultScope.overwrite_default_scope("mmdet"):
        return MODELS.build(cfg.model)


def sample(boxes=(), size=(64, 96)):
    meta = dict(
        img_shape=size,
        ori_shape=size,
        pad_shape=size,
        batch_input_shape=size,
        scale_factor=(1.0, 1.0),
        img_id=1,
        img_path="",
    )
    data = DetDataSample(metainfo=meta)
    boxes = torch.tensor(boxes).float().view(-1, 4)
    data.gt_instances = InstanceData(
        bboxes=boxes, labels=torch.zeros(len(boxes)).long()
    )
    data.ignored_instances = InstanceData(bboxes=torch.zeros(0, 4))
    return data


@pytest.mark.slow
def test_nano_config_trains_tests_and_visualizes(tmp_path, monkeypatch):
    """Two epochs with mmengine's runner and mmdet's visualizer."""
    write_citypersons(
        tmp_path / "citypersons",
        num_train=4,
        num_val=2,
        people_per_image=4,
        size=(128, 256),
        show_progress=False,
    )
    monkeypatch.setenv("SOLIDER_MM_DATA", str(tmp_path))
    cfg = Config.fromfile(CONFIGS / NANO)
    cfg.merge_from_dict(
        {
            "work_dir": str(tmp_path / "run"),
            "train_cfg.max_epochs": 2,
            "train_cfg.val_interval": 2,
            "train_dataloader.batch_size": 2,
            "train_dataloader.num_workers": 0,
            "train_dataloader.persistent_workers": False,
            "val_dataloader.num_workers": 0,
            "val_dataloader.persistent_workers": False,
            "test_dataloader.num_workers": 0,
            "test_dataloader.persistent_workers": False,
            "default_hooks.visualization.draw": True,
        }
    )
    cfg.param_scheduler = None
    cfg.train_dataloader.dataset.pipeline[2].size = (96, 192)
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        loader.dataset.pipeline[1].scale = (256, 128)
    runner = Runner.from_cfg(cfg)
    runner.train()
    got = runner.test()
    assert {key for key in got if key.startswith("citypersons/MR")} == {
        f"citypersons/MR_{name}"
        for name in ("Reasonable", "Reasonable-small", "Heavy", "All")
    }
    assert 0 <= got["citypersons/AP50"] <= 100
    images = sorted(path.name for path in (tmp_path / "run").rglob("synthetichagen*"))
    assert len(images) == 2
    saved = torch.load(tmp_path / "run/epoch_2.pth", weights_only=False)
    # The averaged weights are tested and saved as the model's weights.
    weight = saved["state_dict"]["bbox_head.predict_scale.weight"]
    live = saved["ema_state_dict"]["module.bbox_head.predict_scale.weight"]
    assert not torch.equal(weight, live)


def test_embedded_weights_can_be_disabled():
    cfg = Config.fromfile(CONFIGS / NANO)
    with DefaultScope.overwrite_default_scope("mmdet"):
        pretrained = MODELS.build(cfg.model)
        cfg.merge_from_dict({"model.backbone.init_cfg": None})
        random = MODELS.build(cfg.model)
    random.init_weights()
    pretrained.init_weights()
    name = "semantic_embed_w.0.weight"
    expected = read_checkpoint(EMBEDDED_CHECKPOINT).backbone[name].float()
    torch.testing.assert_close(pretrained.backbone.state_dict()[name], expected)
    assert not torch.equal(random.backbone.state_dict()[name], expected)


def test_all_weights_get_gradients_without_people():
    """Distributed training then needs no `find_unused_parameters`."""
    model = build(NANO).train()
    losses = model.loss(torch.randn(2, 3, 64, 96), [sample(), sample()])
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in model.parameters())


def test_semantic_weight_changes_the_detections():
    images = torch.randn(1, 3, 64, 96)
    model = build(NANO).eval()
    with torch.no_grad():
        maps = [model(images, mode="tensor")[0]]
        model.backbone.semantic_weight = 0.0
        maps.append(model(images, mode="tensor")[0])
    assert not torch.equal(*maps)
    for path in CONFIGS.glob("*.py"):
        cfg = Config.fromfile(path)
        assert cfg.semantic_weight == cfg.model.backbone.semantic_weight == 1.0


def test_published_map_sizes():
    """Maps at 1/8, 1/16, 1/16 and a neck of 768 channels (docs/reference.md §7.1)."""
    name = "csp_solider-swin-tiny_4xb3-240e_citypersons-1024x2048.py"
    model = build(name).eval()
    with torch.no_grad():
        maps = model.backbone(torch.randn(1, 3, 64, 128))
        joined = model.neck(maps)
        logits, scale, offset = model.bbox_head(joined)
    assert [tuple(m.shape[1:]) for m in maps] == [
        (192, 8, 16),
        (384, 4, 8),
        (768, 4, 8),
    ]
    assert joined[0].shape == (1, 768, 16, 32)
    assert (logits.shape[1], scale.shape[1], offset.shape[1]) == (1, 2, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", STOCK)
def test_mmdet_detectors_run_on_our_backbone(name):
    # DINO's 900 queries are more than the tokens of such a small image.
    model = build(name, **(FEWER if "dino" in name else {}))
    model.init_weights()  # mmdet leaves some parameters as allocated until then
    images = torch.randn(1, 3, 128, 128)
    people = sample([[10, 10, 50, 110], [60, 20, 100, 120]], size=(128, 128))
    losses = model.train().loss(images, [people])
    total = sum(
        each.sum()
        for key, value in losses.items()
        if "loss" in key
        for each in (value if isinstance(value, list) else [value])
    )
    total.backward()
    unused = [
        n for n, p in model.named_parameters() if p.requires_grad and p.grad is None
    ]
    assert unused == []
    with torch.no_grad():
        (found,) = model.eval().predict(images, [people])
    assert set(found.pred_instances.labels.tolist()) <= {0}
