"""SeqNet: shapes, losses, queries and checkpoints."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402
from mmdet.structures import DetDataSample  # noqa: E402
from mmdet.utils import register_all_modules  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
NANO = (
    ROOT
    / "configs/person_search/seqnet_solider-swin-nano_1xb4-20e_synthetic-360x288.py"
)
TINY = ROOT / "configs/person_search/seqnet_solider-swin-tiny_1xb4-18e_prw-1500x900.py"


def build(cfg):
    register_all_modules(init_default_scope=True)
    return MODELS.build(cfg)


@pytest.fixture
def config():
    cfg = Config.fromfile(NANO).model
    cfg.backbone.init_cfg = None
    return cfg


@pytest.fixture
def model(config):
    return build(config)


def sample(boxes, ids=None, *, size=(64, 96), **meta):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    ids = torch.tensor(ids if ids is not None else [-1] * len(boxes), dtype=torch.long)
    meta = {
        "scale_factor": (1.0, 1.0),
        "img_shape": size,
        "pad_shape": size,
        "ori_shape": size,
        **meta,
    }
    made = DetDataSample(metainfo=meta)
    labels = torch.zeros(len(boxes), dtype=torch.long)
    people = dict(bboxes=boxes, labels=labels, instances_ids=ids)
    made.gt_instances = InstanceData(**people)
    made.ignored_instances = InstanceData(
        bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long)
    )
    return made


BOXES = [[10, 5, 30, 55], [50, 8, 72, 60]]


def test_tiny_config_has_the_published_shapes():
    cfg = Config.fromfile(TINY).model
    cfg.backbone.init_cfg = None
    model = build(cfg)
    assert model.backbone.out_indices == (2,)
    assert model.rpn_head.rpn_conv.in_channels == 384
    assert model.rpn_head.rpn_cls.out_channels == 15
    head = model.roi_head
    before, after = head.regions(
        (torch.randn(1, 384, 6, 6),), torch.tensor([[0.0, 8, 8, 60, 90]]), 0
    )
    assert (before.shape, after.shape) == ((1, 384), (1, 768))
    assert head.bbox_head.fc_cls.weight.shape == (2, 768)
    assert [p[0].weight.shape for p in head.search_head.embedding.projectors] == [
        (128, 384),
        (128, 768),
    ]
    assert head.search_head.loss_oim.lut.shape == (482, 256)
    assert head.search_head.loss_oim.queue.shape == (500, 256)
    assert all(stage.semantic_weight == 0.6 for stage in head.stages)


def losses_of(model, samples):
    images = torch.randn(len(samples), 3, 64, 96)
    return model.loss(images, samples)


def test_losses_reach_every_weight(model):
    model.train()
    samples = [sample(BOXES, [0, -1]), sample(BOXES[:1], [3])]
    losses = losses_of(model, samples)
    total = sum(
        torch.as_tensor(value).sum() if not isinstance(value, list) else sum(value)
        for name, value in losses.items()
        if "loss" in name
    )
    total.backward()
    assert {n for n in losses if n.startswith("s1.")} == {
        "s1.loss_cls",
        "s1.loss_bbox",
        "s1.loss_oim",
    }
    missing = [n for n, p in model.named_parameters() if p.grad is None]
    assert missing == []
    oim = model.roi_head.search_head.loss_oim
    assert oim.lut.norm(dim=1).gt(0.99).nonzero()[:, 0].tolist() == [0, 3]
    assert int(oim.pointer) > 0


def test_losses_without_people_are_finite(model):
    losses = losses_of(model.train(), [sample([]), sample([])])
    values = [v for n, v in losses.items() if "loss" in n]
    flat = [
        torch.as_tensor(x) for v in values for x in (v if isinstance(v, list) else [v])
    ]
    assert all(torch.isfinite(value).all() for value in flat)
    assert float(losses["s1.loss_oim"]) == 0


@torch.no_grad()
def test_mixed_batch_equals_single_images(model):
    """Frames and queries in one batch give the same results as alone."""
    model.eval()
    model.roi_head.test_cfg.score_thr = 0.0
    images = torch.randn(3, 3, 64, 96)
    samples = [
        sample(BOXES),
        sample([[20, 10, 60, 110]], [5], is_query=True, scale_factor=(0.5, 0.5)),
        sample(BOXES[1:]),
    ]
    together = model.predict(images, copy.deepcopy(samples))
    for i, each in enumerate(samples):
        (alone,) = model.predict(images[i : i + 1], [copy.deepcopy(each)])
        for key in ("bboxes", "scores", "embeddings"):
            torch.testing.assert_close(
                together[i].pred_instances[key],
                alone.pred_instances[key],
                atol=1e-4,
                rtol=1e-4,
            )
    found, query = together[0].pred_instances, together[1].pred_instances
    norms = found.embeddings.norm(dim=1)
    torch.testing.assert_close(norms, found.scores, atol=1e-5, rtol=1e-4)
    assert len(found.scores) <= 50
    torch.testing.assert_close(query.bboxes, samples[1].gt_instances.bboxes)
    x = model.extract_feat(images[1:2])
    (direct,) = model.roi_head.embed(x, [torch.tensor([[10.0, 5, 30, 55]])])
    torch.testing.assert_close(query.embeddings, direct, atol=1e-5, rtol=1e-4)
    assert float(direct.norm()) == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_no_detection_gives_an_empty_result(model):
    model.eval()
    model.roi_head.test_cfg.score_thr = 1.0
    (result,) = model.predict(torch.randn(1, 3, 64, 96), [sample([])])
    assert result.pred_instances.embeddings.shape == (0, 128)
    assert result.pred_instances.bboxes.shape == (0, 4)


def test_checkpoint_restores_heads_and_buffers(model, config, tmp_path):
    """Heads, table, queue and pointer are restored, and all results are equal."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    for _ in range(2):
        losses = losses_of(model, [sample(BOXES, [0, -1]), sample(BOXES, [2, 1])])
        losses["s1.loss_oim"].backward()
        optimizer.step()
    torch.save(dict(state_dict=model.state_dict()), tmp_path / "trained.pth")
    other = build(config)
    state = torch.load(tmp_path / "trained.pth")["state_dict"]
    other.load_state_dict(state, strict=True)
    images = torch.randn(1, 3, 64, 96)
    results = []
    for each in (model, other):
        each.eval()
        each.roi_head.test_cfg.score_thr = 0.0
        with torch.no_grad():
            (result,) = each.predict(images, [sample(BOXES)])
        results.append(result.pred_instances)
    for key in ("bboxes", "scores", "embeddings"):
        torch.testing.assert_close(results[0][key], results[1][key])
    assert len(results[0].scores) > 0
    oim = other.roi_head.search_head.loss_oim
    assert int(oim.pointer) == int(model.roi_head.search_head.loss_oim.pointer) > 0
    torch.manual_seed(3)
    expected = losses_of(model.train(), [sample(BOXES, [0, 1])])
    torch.manual_seed(3)
    again = losses_of(other.train(), [sample(BOXES, [0, 1])])
    torch.testing.assert_close(again["s1.loss_oim"], expected["s1.loss_oim"])
