"""Models, decoding, flipping and schedules of the human pose configs."""

import copy

import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmengine.config import Config  # noqa: E402
from mmengine.dataset import Compose, pseudo_collate  # noqa: E402
from mmengine.optim import build_optim_wrapper  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS, TRANSFORMS  # noqa: E402

from solider_mm.downstream.human_pose.lspet_skeleton import LSPET_METAINFO  # noqa: E402

TINY = "td-hm_solider-swin-tiny_8xb16-amp-210e_coco-384x288"
SMALL = "td-hm_solider-swin-small_8xb8-amp-210e_coco-384x288"
BASE = "td-hm_solider-swin-base_8xb12-amp-160e_coco-384x288"
SIMCC = "rtmpose_solider-swin-tiny_8xb64-amp-210e_coco-256x192"
LSPET = "td-hm_solider-swin-nano_1xb32-bf16-20e_lspet-128x96"
NARROW = dict(embed_dims=16, depths=(1, 1, 1, 1), num_heads=(1, 1, 2, 2))


@pytest.fixture
def read_config(root):
    init_default_scope("mmpose")
    return lambda name: Config.fromfile(root / "configs" / "human_pose" / f"{name}.py")


def narrow(cfg):
    """The config's model with few channels and without a checkpoint."""
    model = copy.deepcopy(cfg.model)
    model.backbone.update(arch=NARROW, init_cfg=None)
    model.head.in_channels = 128
    return MODELS.build(model)


def lspet_sample(cfg, joints, size=(120, 80)):
    """One person with joints (14, 3) after the config's training pipeline."""
    labeled = joints[:, 2] > 0
    info = {
        "img": np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8),
        "img_shape": size,
        "bbox": np.array([[10, 8, 70, 112]], dtype=np.float32),
        "bbox_score": np.ones(1, dtype=np.float32),
        "keypoints": joints[None, :, :2].astype(np.float32),
        "keypoints_visible": labeled[None].astype(np.float32),
        **parse_pose_metainfo(LSPET_METAINFO),
    }
    steps = [s for s in cfg.train_pipeline if s["type"] != "LoadImage"]
    return Compose(steps)(info)


def test_heatmaps_have_a_quarter_of_the_image_size(read_config):
    model = narrow(read_config(TINY))
    model.backbone.eval()
    with torch.no_grad():
        maps = model.backbone(torch.zeros(1, 3, 384, 288))
        heat = model.head(maps)
    assert maps[-1].shape == (1, 128, 48, 36)
    assert heat.shape == (1, 17, 96, 72)


@pytest.mark.parametrize(
    ("name", "channels"), [(TINY, 768), (SMALL, 768), (BASE, 1024)]
)
def test_head_channels_match_the_backbone(read_config, name, channels):
    cfg = read_config(name)
    dims = {"tiny": 96, "small": 96, "base": 128}[cfg.model.backbone.arch]
    assert cfg.model.head.in_channels == channels == 8 * dims
    assert cfg.model.backbone.semantic_weight == cfg.semantic_weight == 0.8
    assert list(cfg.model.backbone.strides) == [4, 2, 1, 1]


@pytest.mark.parametrize(
    ("name", "lr", "decay", "batch", "epochs", "steps", "warmup"),
    [
        (TINY, 7e-4, 0.0, 16, 210, [170, 200], 10.0),
        (SMALL, 1e-3, 0.01, 8, 210, [170, 200], 5.0),
        (BASE, 1e-3, 0.01, 12, 160, [120, 150], 7.5),
    ],
)
def test_published_recipe(read_config, name, lr, decay, batch, epochs, steps, warmup):
    cfg = read_config(name)
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.weight_decay) == (lr, decay)
    assert cfg.train_dataloader.batch_size == batch
    assert cfg.auto_scale_lr.base_batch_size == 8 * batch
    assert cfg.train_cfg.max_epochs == epochs
    assert cfg.param_scheduler[1].milestones == steps
    per_epoch = -(-149813 // (8 * batch))
    assert cfg.param_scheduler[0].end / per_epoch == pytest.approx(warmup, rel=5e-3)


def test_only_position_tables_have_no_weight_decay(read_config):
    cfg = read_config(SMALL)
    model = narrow(cfg)
    wrapper = copy.deepcopy(cfg.optim_wrapper)
    wrapper.type = "OptimWrapper"
    *groups, _ = build_optim_wrapper(model, wrapper).param_groups  # mmengine adds one
    names = [name for name, _ in model.named_parameters()]
    for name, group in zip(names, groups, strict=True):
        wanted = 0.0 if "relative_position_bias_table" in name else 0.01
        assert group["weight_decay"] == wanted, name


def test_decoding_by_hand(read_config):
    codec = KEYPOINT_CODECS.build(read_config(TINY).codec)
    heat = np.zeros((17, 96, 72), np.float32)
    heat[0, 40, 30] = 0.9
    heat[0, 40, 31] = 0.5  # higher on the right: a quarter cell to the right
    heat[0, 39, 30] = 0.2  # higher above: a quarter cell upwards
    joints, scores = codec.decode(heat)
    assert joints[0, 0].tolist() == [4 * 30.25, 4 * 39.75]
    assert scores[0, 0] == pytest.approx(0.9)


def test_decoding_inverts_encoding(read_config):
    codec = KEYPOINT_CODECS.build(read_config(TINY).codec)
    joints = np.random.default_rng(0).uniform(20, 260, (1, 17, 2)).astype(np.float32)
    encoded = codec.encode(joints)
    assert encoded["heatmaps"].shape == (17, 96, 72)
    decoded, _ = codec.decode(encoded["heatmaps"])
    assert np.abs(decoded - joints).max() <= 4 * 0.5 + 1  # the peak lies on a cell


def test_flip_twice_is_the_identity(person):
    flip = TRANSFORMS.build(dict(type="RandomFlip", prob=1.0))
    image = np.random.default_rng(0).integers(0, 256, (120, 80, 3), np.uint8)
    visible = (np.arange(14) % 3 > 0).astype(np.float32)[None]
    start = {
        "img": image,
        "img_shape": (120, 80),
        "keypoints": person[None, :, :2],
        "keypoints_visible": visible,
        "flip_indices": parse_pose_metainfo(LSPET_METAINFO)["flip_indices"],
    }
    once = flip(copy.deepcopy(start))
    twice = flip(copy.deepcopy(once))
    assert np.array_equal(once["img"], image[:, ::-1])
    assert once["keypoints"][0, 0].tolist() == [79 - person[5, 0], person[5, 1]]
    assert once["keypoints_visible"][0, 0] == visible[0, 5]
    for key in ("img", "keypoints", "keypoints_visible"):
        assert np.array_equal(twice[key], start[key]), key


def test_flip_test_of_a_symmetric_image_is_symmetric(read_config):
    cfg = read_config(TINY)
    cfg.model.test_cfg.update(output_heatmaps=True, shift_heatmap=False)
    model = narrow(cfg).eval()
    image = torch.rand(3, 384, 288)
    image = (image + image.flip(-1)) / 2
    info = {
        "img": np.zeros((384, 288, 3), np.uint8),
        "bbox": np.array([[0, 0, 288, 384]], dtype=np.float32),
        "bbox_score": np.ones(1, dtype=np.float32),
        **parse_pose_metainfo({"from_file": "configs/_base_/datasets/coco.py"}),
    }
    steps = [s for s in cfg.test_pipeline if s["type"] != "LoadImage"]
    packed = Compose(steps)(info)
    with torch.no_grad():
        (found,) = model.predict(image[None], [packed["data_samples"]])
    heat = found.pred_fields.heatmaps
    mirrored = heat[info["flip_indices"]].flip(-1)
    assert heat.shape == (17, 96, 72)
    assert torch.equal(heat, mirrored)


@pytest.mark.parametrize("what", ["no labels", "all outside", "some outside"])
def test_training_on_persons_without_joints(read_config, person, what):
    cfg = read_config(LSPET)
    if what == "no labels":
        person[:] = 0
    else:
        person[: 14 if what == "all outside" else 6, :2] += 4000
    cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model)
    batch = pseudo_collate([lspet_sample(cfg, person)] * 2)
    losses = model(**model.data_preprocessor(batch, True), mode="loss")
    losses["loss_kpt"].backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(torch.isfinite(g).all() for g in gradients)
    moved = any(g.any() for g in gradients)
    assert moved == (what == "some outside")
    assert (losses["loss_kpt"].item() > 0) == moved


def test_embedded_weights_can_be_disabled(read_config):
    cfg = read_config(LSPET)
    checkpoint = cfg.model.backbone.init_cfg.checkpoint
    assert checkpoint == "embedded"
    cfg.merge_from_dict({"model.backbone.init_cfg": None})
    assert MODELS.build(cfg.model).backbone.init_cfg is None


def test_simcc_trains_and_predicts(read_config):
    cfg = read_config(SIMCC)
    model = narrow(cfg)
    meta = parse_pose_metainfo({"from_file": "configs/_base_/datasets/coco.py"})
    rng = np.random.default_rng(0)
    samples = {"train": [], "test": []}
    for part, steps in (("train", cfg.train_pipeline), ("test", cfg.test_pipeline)):
        for _ in range(2):
            info = {
                "img": rng.integers(0, 256, (256, 192, 3), np.uint8),
                "img_shape": (256, 192),
                "bbox": np.array([[0, 0, 192, 256]], dtype=np.float32),
                "bbox_score": np.ones(1, dtype=np.float32),
                "keypoints": rng.uniform(60, 130, (1, 17, 2)).astype(np.float32),
                "keypoints_visible": np.ones((1, 17), np.float32),
                **meta,
            }
            inner = Compose([s for s in steps if s["type"] != "LoadImage"])
            samples[part].append(inner(info))
    batch = model.data_preprocessor(pseudo_collate(samples["train"]), True)
    loss = model(**batch, mode="loss")["loss_kpt"]
    loss.backward()
    assert torch.isfinite(loss)
    assert model.backbone.patch_embed.projection.weight.grad.any()
    model.eval()
    with torch.no_grad():
        found = model.test_step(pseudo_collate(samples["test"]))
    assert found[0].pred_instances.keypoints.shape == (1, 17, 2)
