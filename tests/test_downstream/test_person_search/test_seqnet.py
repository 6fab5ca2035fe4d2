"""SeqNet: the split Swin, both heads, queries, checkpoints."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.structures import InstanceData

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402
from mmdet.structures import DetDataSample  # noqa: E402
from mmdet.utils import register_all_modules  # noqa: E402

from solider_mm.checkpoints.embedded import EMBEDDED_BACKBONE  # noqa: E402
from solider_mm.downstream.person_search.non_maximum_suppression import nms_with_limits  # noqa: E402
from solider_mm.downstream.person_search.swin_roi_stage import split_swin  # noqa: E402
from solider_mm.synthetic import write_prw  # noqa: E402

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


def test_the_stage_is_the_end_of_the_whole_swin():
    """Trunk and stage give the maps of the undivided backbone.

    The stage starts from the trunk's normalized map (docs/reference.md §S2), so the whole Swin is run by
    hand from there.
    """

    arch = dict(embed_dims=16, depths=(1, 1, 2), num_heads=(1, 2, 4))
    shared = dict(arch=arch, window_size=4, strides=(4, 2, 2), semantic_weight=0.6)
    whole = MODELS.build(
        dict(type="solider_mm.SOLIDERSwin", out_indices=(1, 2), **shared)
    ).eval()
    trunk_cfg, stage_cfg = split_swin(dict(type="solider_mm.SOLIDERSwin", **shared))
    trunk, stage = (MODELS.build(cfg).eval() for cfg in (trunk_cfg, stage_cfg))
    trunk.load_state_dict(whole.state_dict(), strict=False)
    names = stage.state_dict()
    stage.load_state_dict({n: v for n, v in whole.state_dict().items() if n in names})
    images = torch.randn(2, 3, 64, 64)
    (map_2,) = trunk(images)
    torch.testing.assert_close(map_2, whole(images)[0])
    tokens, size = map_2.flatten(2).transpose(1, 2), tuple(map_2.shape[2:])
    tokens, size = whole.stages[1].downsample(tokens, size)
    tokens = whole.controller(tokens, torch.full((2,), 0.6), 1)
    tokens = whole.norm2(whole.stages[2](tokens, size))
    expected = tokens.transpose(1, 2).unflatten(2, size)
    torch.testing.assert_close(stage(map_2), expected)
    assert not torch.allclose(stage(map_2, torch.zeros(2)), expected)  # λ matters
    assert stage(map_2[:0]).shape == (0, 64, 4, 4)


def test_the_stage_loads_from_the_embedded_file():

    weights = dict(type="Pretrained", checkpoint="embedded")
    backbone = {**EMBEDDED_BACKBONE, "semantic_weight": 0.6, "init_cfg": weights}
    whole = MODELS.build(backbone)
    whole.init_weights()
    stage = MODELS.build(split_swin(backbone)[1])
    stage.init_weights()
    reference = whole.state_dict()
    for name, value in stage.state_dict().items():
        torch.testing.assert_close(value, reference[name])
    tiny = {**backbone, "arch": "tiny", "strides": (4, 2, 2, 2)}
    other = MODELS.build(split_swin(tiny)[1])
    with pytest.raises(ValueError, match="does not hold this stage"):
        other.init_weights()


def test_a_backbone_without_semantic_weight_is_refused():

    with pytest.raises(ValueError, match="no semantic_weight"):
        split_swin(dict(type="solider_mm.SOLIDERSwin"))


def test_the_tiny_leaf_has_the_published_shapes():
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


def test_images_without_people_can_be_learned_from(model):
    losses = losses_of(model.train(), [sample([]), sample([])])
    values = [v for n, v in losses.items() if "loss" in n]
    flat = [
        torch.as_tensor(x) for v in values for x in (v if isinstance(v, list) else [v])
    ]
    assert all(torch.isfinite(value).all() for value in flat)
    assert float(losses["s1.loss_oim"]) == 0


@torch.no_grad()
def test_frames_and_queries_share_a_batch(model):
    """A mixed batch gives what each image gives alone."""
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
    found, asked = together[0].pred_instances, together[1].pred_instances
    norms = found.embeddings.norm(dim=1)
    torch.testing.assert_close(norms, found.scores, atol=1e-5, rtol=1e-4)
    assert len(found.scores) <= 50
    torch.testing.assert_close(asked.bboxes, samples[1].gt_instances.bboxes)
    x = model.extract_feat(images[1:2])
    (direct,) = model.roi_head.embed(x, [torch.tensor([[10.0, 5, 30, 55]])])
    torch.testing.assert_close(asked.embeddings, direct, atol=1e-5, rtol=1e-4)
    assert float(direct.norm()) == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_nothing_found_is_an_empty_result(model):
    model.eval()
    model.roi_head.test_cfg.score_thr = 1.0
    (result,) = model.predict(torch.randn(1, 3, 64, 96), [sample([])])
    assert result.pred_instances.embeddings.shape == (0, 128)
    assert result.pred_instances.bboxes.shape == (0, 4)


def test_best_apart_by_hand():
    boxes = [
        [0, 0, 10, 10],
        [0, 0, 10, 9],
        [20, 0, 30, 10],
        [5, 5, 5, 9],
        [40, 0, 50, 9],
    ]
    scores = torch.tensor([0.7, 0.9, 0.8, 0.99, 0.4])
    limits = ConfigDict(score_thr=0.5, max_per_img=2)
    chosen = nms_with_limits(torch.tensor(boxes).float(), scores, 0.4, limits)
    assert chosen.tolist() == [1, 2]


def test_a_trained_checkpoint_loads_whole(model, config, tmp_path):
    """Heads, table, queue and pointer come back, and with them every number."""
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


def test_embedding_splits_direction_and_norm():

    cfg = dict(type="solider_mm.NormAwareEmbedding", in_channels=(4, 6), channels=8)
    embed = MODELS.build(cfg).train()
    vectors, logits = embed((torch.randn(16, 4), torch.randn(16, 6)))
    np.testing.assert_allclose(vectors.norm(dim=1).detach(), 1, atol=1e-5)
    assert float(logits.mean().detach()) == pytest.approx(0, abs=1e-4)  # normalized
    assert embed.eval()((torch.zeros(0, 4), torch.zeros(0, 6)))[0].shape == (0, 8)
    with pytest.raises(ValueError, match="channels=9 cannot be shared"):
        MODELS.build({**cfg, "channels": 9})


@pytest.mark.slow
def test_training_and_testing_through_the_runner(tmp_path):
    """Drawn scenes: train two epochs, test the file, and get the same numbers."""
    write_prw(
        tmp_path / "prw",
        num_train_frames=8,
        num_test_frames=6,
        num_train_identities=6,
        num_test_identities=4,
        num_cameras=2,
        people_per_frame=3,
        size=(144, 180),
        show_progress=False,
    )
    cfg = Config.fromfile(NANO)
    cfg.merge_from_dict(
        {
            "train_dataloader.dataset.data_root": str(tmp_path / "prw"),
            "val_dataloader.dataset.data_root": str(tmp_path / "prw"),
            "test_dataloader.dataset.data_root": str(tmp_path / "prw"),
            "train_cfg.max_epochs": 2,
            "train_cfg.val_interval": 2,
        }
    )
    cfg.model.test_cfg.rcnn.score_thr = 0.3
    cfg.val_evaluator.score_threshold = cfg.test_evaluator.score_threshold = 0.3
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    cfg.dump(tmp_path / "config.py")
    work = tmp_path / "work"
    command = [
        sys.executable,
        str(ROOT / "tools/train.py"),
        str(tmp_path / "config.py"),
    ]
    done = subprocess.run(
        [*command, "--work-dir", str(work)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    command[1] = str(ROOT / "tools/test.py")
    tested = subprocess.run(
        [*command, str(work / "epoch_2.pth"), "--work-dir", str(work)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stderr[-2000:]
    numbers = [figures_in(run.stdout + run.stderr) for run in (done, tested)]
    assert numbers[0] == numbers[1]
    assert set(numbers[0]) >= {"mAP", "top1", "recall", "cross_camera_mAP"}


def figures_in(log):
    """The last evaluation of a log."""
    line = [line for line in log.splitlines() if "person_search/mAP: " in line][-1]
    return dict(re.findall(r"person_search/(\w+): (\S+)", line))
