"""A short real training in the native layout: the metric has to beat chance."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from solider_mm.downstream.reid import Market1501
from solider_mm.evaluation import evaluate_ranking
from solider_mm.synthetic import WRITERS

pytestmark = pytest.mark.slow
LEAF = "configs/reid/reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32.py"


@pytest.fixture(scope="module")
def dataset_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 people to train, 8 others to test, by 4 cameras."""
    folder = tmp_path_factory.mktemp("dataset_root") / "market1501"
    counts = dict(num_identities=12, num_test_identities=8, num_distractors=4)
    WRITERS["market1501"](folder, num_cameras=4, show_progress=False, **counts)
    return folder


def config(dataset_root: Path, work_dir: Path, root: Path) -> Config:
    cfg = Config.fromfile(root / LEAF)
    batch = dict(num_identities=6, num_instances=4)
    cfg.merge_from_dict(
        {
            "work_dir": str(work_dir),
            "model.head.num_classes": 12,
            "train_cfg.max_epochs": 16,
            "train_cfg.val_interval": 8,
            "param_scheduler.total": 16,
            "train_dataloader.sampler": dict(
                type="solider_mm.IdentitySampler", **batch
            ),
            "train_dataloader.batch_size": 24,
            "default_hooks.logger.interval": 1,
        }
    )
    for part in ("train", "val", "test"):
        loader = cfg[f"{part}_dataloader"]
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(dataset_root)
    return cfg


def chance(dataset_root: Path) -> float:
    """MAP of random distances, in percent, averaged over draws."""
    dataset = Market1501(data_root=dataset_root, split="test")
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    query, gallery = (
        [info for info in infos if info["is_query"] == is_query]
        for is_query in (True, False)
    )
    people, cameras = (
        [np.array([info[key] for info in part]) for part in (query, gallery)]
        for key in ("person_id", "camera_id")
    )
    random = np.random.default_rng(0)
    draws = [random.random((len(query), len(gallery))) for _ in range(20)]
    scores = [evaluate_ranking(draw, *people, *cameras)["mAP"] for draw in draws]
    return 100 * float(np.mean(scores))


def run(cfg: Config) -> tuple[dict[str, Any], Runner]:
    with DefaultScope.overwrite_default_scope(None):
        runner = Runner.from_cfg(cfg)
        runner.train()
    scalars = runner.message_hub.log_scalars
    found = {key: scalars[key].data[0] for key in scalars if "/" in key}
    return found, runner


def test_learns_saves_best_and_reranks(
    dataset_root: Path, tmp_path: Path, root: Path
) -> None:
    cfg = config(dataset_root, tmp_path, root)
    cfg.test_evaluator.rerank = True
    scalars, runner = run(cfg)
    identity = scalars["train/loss_identity"]
    assert identity[-4:].mean() < 0.8 * identity[:4].mean()
    measured = scalars["val/reid/mAP"]
    assert len(measured) == 2
    assert measured.max() > 2 * chance(dataset_root)
    assert list(tmp_path.glob("best_reid_mAP_epoch_*.pth"))
    reranked = runner.test()["reid/mAP"]
    assert reranked > 2 * chance(dataset_root)
    assert reranked != pytest.approx(measured[-1])


def test_resumed_run_matches_straight_run(
    dataset_root: Path, tmp_path: Path, root: Path
) -> None:
    """Rates and the order of the images are those of a straight run."""
    straight = config(dataset_root, tmp_path / "straight", root)
    straight.merge_from_dict({"train_cfg.max_epochs": 3, "train_cfg.val_interval": 9})
    straight.model.data_preprocessor.erasing_probability = 0.0
    straight.train_dataloader.dataset.pipeline = [
        step
        for step in straight.train_dataloader.dataset.pipeline
        if "Random" not in step["type"]
    ]
    straight.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
    _, first = run(straight.copy())
    resumed = straight.copy()
    resumed.work_dir = str(tmp_path / "resumed")
    resumed.load_from = str(tmp_path / "straight/epoch_2.pth")
    resumed.resume = True
    _, second = run(resumed)
    for name, value in first.model.state_dict().items():
        torch.testing.assert_close(second.model.state_dict()[name], value, msg=name)
