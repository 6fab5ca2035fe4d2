from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook

from solider_mm.checkpoints import load_any
from solider_mm.checkpoints.atomic_backend import AtomicBackend
from solider_mm.engine.hooks import SafeCheckpointHook


def train(toy_runner, *hooks, epochs: int = 2, **options):
    checkpoint = SafeCheckpointHook(**{"interval": 1, **options})
    runner = toy_runner(
        default_hooks=dict(checkpoint=checkpoint),
        custom_hooks=[*hooks],
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
    )
    runner.train()
    return Path(runner.work_dir)


class BreakWeight(Hook):
    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def after_train_epoch(self, runner) -> None:
        if runner.epoch == self.epoch:
            runner.model.layer.bias.data[:] = float("nan")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.pth"))


def test_keeps_the_newest_checkpoints(toy_runner) -> None:
    folder = train(toy_runner, epochs=4, max_keep_ckpts=2)
    assert names(folder) == ["epoch_3.pth", "epoch_4.pth"]
    assert (folder / "last_checkpoint").read_text().endswith("epoch_4.pth")
    hub = load_any(str(folder / "epoch_4.pth"))["message_hub"]
    assert hub["runtime_info"]["keep_ckpt_ids"] == [3, 4]


def test_non_finite_weights_replace_no_checkpoint(toy_runner) -> None:
    folder = train(toy_runner, BreakWeight(2), epochs=5, max_keep_ckpts=2)
    assert names(folder) == ["epoch_1.pth", "epoch_2.pth"]
    assert (folder / "last_checkpoint").read_text().endswith("epoch_2.pth")


def test_interrupted_writing_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.pth"
    backend = AtomicBackend()
    backend.put(b"old", str(path))

    def fail(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        backend.put(b"new", str(path))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.pth"]


def test_failed_writing_keeps_the_previous_checkpoints(toy_runner, monkeypatch) -> None:
    put = AtomicBackend.put

    def full_disk(self, obj, filepath):
        if "epoch_3" in str(filepath):
            raise OSError(28, "No space left on device")
        put(self, obj, filepath)

    monkeypatch.setattr(AtomicBackend, "put", full_disk)
    with pytest.raises(OSError, match="No space"):
        train(toy_runner, epochs=4, max_keep_ckpts=1)
    (folder,) = {path.parent for path in Path(toy_runner().work_dir).glob("*.pth")}
    assert names(folder) == ["epoch_2.pth"]


def test_removes_temporary_files_of_killed_runs(toy_runner) -> None:
    folder = Path(toy_runner().work_dir)
    folder.mkdir(exist_ok=True)
    leftover = folder / ".epoch_1.0123abcd.tmp.pth"
    leftover.write_bytes(b"half")
    train(toy_runner)
    assert not leftover.exists()


@pytest.mark.parametrize("broken", [False, True])
def test_best_checkpoint_is_replaced_only_by_finite_one(toy_runner, broken) -> None:
    runner = toy_runner()
    runner.train()
    hook = SafeCheckpointHook(save_best="acc", rule="greater")
    hook.before_train(runner)
    hook.after_val_epoch(runner, {"acc": 0.5})
    assert names(Path(runner.work_dir))[0] == "best_acc_epoch_2.pth"
    runner.train_loop._epoch = 3
    if broken:
        runner.model.layer.weight.data[:] = float("inf")
    hook.after_val_epoch(runner, {"acc": 0.6})
    hook.after_val_epoch(runner, {"acc": 0.1})
    expected = "best_acc_epoch_2.pth" if broken else "best_acc_epoch_3.pth"
    best = [name for name in names(Path(runner.work_dir)) if name.startswith("best")]
    assert best == [expected]
    assert hook.best_ckpt_path.endswith(expected)
    weights = load_any(hook.best_ckpt_path)["state_dict"]
    assert all(torch.isfinite(value).all() for value in weights.values())
