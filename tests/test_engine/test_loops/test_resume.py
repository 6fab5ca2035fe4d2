"""A run that is interrupted and resumed is the run that was not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from solider_mm.datasets import write_shards

EPOCH_LENGTH = 3


class StopAfter(Hook):
    """Leaves the loop after an iteration, as an interruption does."""

    priority = "VERY_LOW"

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def after_train_iter(self, runner: Runner, *_: object, **__: object) -> None:
        if runner.iter + 1 == self.iteration:
            runner.save_checkpoint(runner.work_dir, "stopped.pth", by_epoch=False)
            runner.train_loop.stop_training = True


class Record(Hook):
    """Keeps every number of every iteration, whole."""

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, float]] = {}

    def after_train_iter(
        self, runner: Runner, *_: object, outputs: dict | None = None, **__: object
    ) -> None:
        row = {k: float(v) for k, v in outputs.items()}
        row["lr"] = runner.optim_wrapper.get_lr()["lr"][0]
        self.rows[runner.iter] = row


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    for i in range(4 * EPOCH_LENGTH):
        picture = rng.integers(0, 256, (64, 32, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{i:02}.png"), picture)
    return folder


def _run(
    config: Config, work_dir: Path, *hooks: Hook, **options: object
) -> dict[int, dict[str, float]]:
    record = Record()
    runner = Runner.from_cfg(
        Config({**config.to_dict(), "work_dir": str(work_dir), **options})
    )
    for hook in (record, *hooks):
        runner.register_hook(hook)
    runner.train()
    return record.rows


def _config(root: Path, images: Path, accumulate: int) -> Config:
    leaf = next((root / "configs/pretrain").glob("solider_swin-nano*synthetic*"))
    config = Config.fromfile(leaf)
    config.train_dataloader.dataset.update(data_root=str(images), layout="folder")
    config.train_dataloader.update(
        batch_size=4, num_workers=0, persistent_workers=False
    )
    config.train_cfg.max_epochs = 3
    config.optim_wrapper.accumulative_counts = accumulate
    config.model.backbone.drop_path_rate = 0.2
    config.model.target_generator.min_foreground = 0.0
    config.load_from = None
    config.launcher = "none"
    config.experiment_name = None
    config.custom_hooks = [
        hook for hook in config.custom_hooks if hook.type != "TrainingCurvesHook"
    ]
    return config


@pytest.mark.parametrize(("stop", "accumulate"), [(4, 1), (3, 1), (4, 2)])
def test_resumed_losses_are_bitwise_equal(
    root: Path, images: Path, tmp_path: Path, stop: int, accumulate: int
) -> None:
    """Stopped within an epoch, at its end, and between two accumulations."""
    config = _config(root, images, accumulate)
    whole = _run(config, tmp_path / "whole")
    assert len(whole) == 3 * EPOCH_LENGTH
    first = _run(config, tmp_path / "parts", StopAfter(stop))
    torch.manual_seed(99)  # whatever state the next process happens to have
    rest = _run(
        config,
        tmp_path / "parts",
        resume=True,
        load_from=str(tmp_path / "parts" / "stopped.pth"),
    )
    assert sorted(first) == list(range(stop))
    assert sorted(rest) == list(range(stop, len(whole)))
    assert {**first, **rest} == whole


@pytest.mark.slow
def test_resumed_from_shards(
    root: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, from tar shards, drawn from two at a time by two workers."""
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    files = [(file.name.encode(), file) for file in sorted(images.iterdir())]
    write_shards(files, tmp_path / "shards", images_per_shard=4)
    config = _config(root, images, 1)
    config.train_dataloader.dataset.update(data_root=str(tmp_path), shards="shards")
    config.train_dataloader.update(
        sampler=dict(type="ShardSampler", shuffle=True, window=2), num_workers=2
    )
    config.train_cfg.max_epochs = 2
    whole = _run(config, tmp_path / "whole")
    assert len(whole) == 2 * EPOCH_LENGTH
    first = _run(config, tmp_path / "parts", StopAfter(4))
    stopped = str(tmp_path / "parts" / "stopped.pth")
    rest = _run(config, tmp_path / "parts", resume=True, load_from=stopped)
    assert {**first, **rest} == whole


@pytest.mark.parametrize("batch_size", [2, 3, 6])
@pytest.mark.parametrize("stop", [2, 3])
def test_other_batch_size_is_refused(
    root: Path, images: Path, tmp_path: Path, batch_size: int, stop: int
) -> None:
    """Within an epoch and at its end; with more and with fewer iterations."""
    config = _config(root, images, 1)
    _run(config, tmp_path, StopAfter(stop))
    config.train_dataloader.batch_size = batch_size
    message = (
        f"after {stop} iterations in epoch .*, with 3 iterations per epoch and a total "
        f"batch of 4; now an epoch has {12 // batch_size} iterations and the batch "
        f"{batch_size}: resume with"
    )
    with pytest.raises(ValueError, match=message):
        _run(config, tmp_path, resume=True, load_from=str(tmp_path / "stopped.pth"))


def test_loop_needs_a_sampler_that_can_start_anywhere(
    root: Path, images: Path, tmp_path: Path
) -> None:
    config = _config(root, images, 1)
    config.train_dataloader.sampler = dict(type="DefaultSampler", shuffle=True)
    _run(config, tmp_path, StopAfter(1))
    with pytest.raises(TypeError, match="use sampler=dict"):
        _run(config, tmp_path, resume=True, load_from=str(tmp_path / "stopped.pth"))
