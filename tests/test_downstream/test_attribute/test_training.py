"""Train the nano config on synthetic pedestrians in the layout of PA100K."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from solider_mm.synthetic import write_pa100k

CONFIGS = Path(__file__).parents[3] / "configs" / "attribute"
NANO = CONFIGS / "attribute_solider-swin-nano_1xb64-bf16-adamw-10e_synthetic-64x32.py"
CLASSES = ("LongSleeve", "Trousers", "Female", "Front", "Side", "Back")


@pytest.fixture(scope="module")
def dataset_root(tmp_path_factory):
    out = tmp_path_factory.mktemp("d") / "pa100k"
    counts = dict(num_train=32, num_val=8, num_test=8, shots_per_identity=2)
    return write_pa100k(out, **counts, size=(64, 32), show_progress=False)


def config(dataset_root, work_dir, epochs):
    """Return the config for a few images, evaluated on the training images."""
    cfg = Config.fromfile(NANO)
    cfg.work_dir = str(work_dir)
    cfg.default_hooks.checkpoint.interval = epochs
    cfg.train_cfg = dict(by_epoch=True, max_epochs=epochs, val_interval=epochs)
    cfg.param_scheduler = []
    cfg.model.head.num_classes = len(CLASSES)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(batch_size=16, num_workers=0, persistent_workers=False)
        loader.dataset.update(
            data_root=str(dataset_root), split="train", classes=CLASSES
        )
        loader.dataset.pipeline = cfg.test_pipeline
    cfg.test_evaluator.report_file = str(work_dir / "report.json")
    return cfg


def runner(cfg):
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        cfg.experiment_name = f"attribute_{np.random.default_rng().integers(1 << 40)}"
        return Runner.from_cfg(cfg)


@pytest.mark.slow
def test_learns_resumes_and_reports(dataset_root, tmp_path):
    cfg = config(dataset_root, tmp_path, epochs=30)
    training = runner(cfg)
    training.train()
    data = training.train_dataloader.dataset
    labels = np.stack([data.get_data_info(i)["gt_score"] for i in range(len(data))])
    best = next(tmp_path.glob("best_attribute_mA_*.pth"))
    state = torch.load(best, weights_only=False)["state_dict"]
    np.testing.assert_allclose(state["head.positive_ratio"], labels.mean(0), rtol=1e-6)

    again = config(dataset_root, tmp_path, epochs=30)
    again.load_from = str(best)
    again.model.backbone.init_cfg = None
    metrics = runner(again).test()
    assert metrics["attribute/mA"] > 70  # chance is 50; these were trained on
    assert 0 < metrics["attribute/cross_entropy"] < 6
    report = json.loads((tmp_path / "report.json").read_text())
    assert [row["name"] for row in report["attributes"]] == list(CLASSES)
    assert report["summary"]["mA"] == pytest.approx(metrics["attribute/mA"])

    longer = config(dataset_root, tmp_path, epochs=31)
    longer.resume = True
    resumed = runner(longer)
    resumed.train()
    assert resumed.iter == 31 * 2


@pytest.mark.parametrize(
    ("name", "monitored"),
    [
        ("attribute_solider-swin-tiny_1xb64-plateau-30e_pa100k-256x128", True),
        ("attribute_solider-swin-base_1xb64-step-30e_peta-zs-256x192", False),
        ("attribute_solider-swin-small_1xb64-plateau-30e_rap-zs-256x192", True),
    ],
)
def test_matches_official_recipes(name, monitored):
    """docs/reference.md §5.2, §5.3."""
    cfg = Config.fromfile(CONFIGS / f"{name}.py")
    optimizer = cfg.optim_wrapper.optimizer
    decay = 0.0 if "pa100k" in name else 5e-4
    assert (optimizer.type, optimizer.lr, optimizer.weight_decay) == (
        "Adam",
        1e-5,
        decay,
    )
    assert cfg.optim_wrapper.clip_grad.max_norm == 10
    assert cfg.model.backbone.semantic_weight == 0.8
    assert cfg.train_cfg.max_epochs == 30
    assert (cfg.train_dataloader.batch_size, cfg.train_dataloader.drop_last) == (
        64,
        True,
    )
    (schedule,) = cfg.param_scheduler
    if monitored:
        assert (schedule.factor, schedule.patience) == (0.1, 4)
        assert schedule.monitor == "attribute/cross_entropy"
    else:
        assert schedule.milestones == [10, 15]
