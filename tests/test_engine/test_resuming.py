import shutil
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from solider_mm.engine import resuming
from solider_mm.engine.hooks import SafeCheckpointHook

POINTERS = [
    None,
    b"",
    b"epoch_2",
    b"\x00\xff\xfe",
    b"/moved/run/epoch_2.pth",
    b"a" * 9999,
]


@pytest.fixture
def lines(monkeypatch):
    logged = []
    monkeypatch.setattr(resuming, "print_log", lambda text, **_: logged.append(text))
    return logged


@pytest.fixture
def folder(toy_runner) -> Path:
    """A finished run with two checkpoints and one best one."""
    runner = toy_runner(default_hooks=dict(checkpoint=SafeCheckpointHook(interval=1)))
    runner.train()
    path = Path(runner.work_dir)
    torch.save({"meta": {}, "state_dict": {}}, path / "best_acc_epoch_9.pth")
    return path


def test_takes_the_checkpoint_of_the_pointer(folder, lines) -> None:
    assert resuming.find_checkpoint(folder) == folder / "epoch_2.pth"
    assert lines == [f"Resume from {folder / 'epoch_2.pth'} (iteration 8)."]


@pytest.mark.parametrize("pointer", POINTERS)
def test_unusable_pointer_does_not_matter(folder, lines, pointer) -> None:
    (folder / "last_checkpoint").unlink()
    if pointer is not None:
        (folder / "last_checkpoint").write_bytes(pointer)
    assert resuming.find_checkpoint(folder) == folder / "epoch_2.pth"


@pytest.mark.parametrize("size", [0, 300, 2000])
def test_damaged_checkpoint_is_passed_over_and_named(folder, lines, size) -> None:
    newest = folder / "epoch_2.pth"
    newest.write_bytes(newest.read_bytes()[:size])
    assert resuming.find_checkpoint(folder) == folder / "epoch_1.pth"
    assert "epoch_1.pth (iteration 4)" in lines[0]
    assert "Not used: " in lines[0] and "epoch_2.pth" in lines[0]


def test_diverged_checkpoint_is_passed_over(folder, lines) -> None:
    content = torch.load(folder / "epoch_2.pth", weights_only=False)
    content["state_dict"]["layer.bias"][:] = float("nan")
    torch.save(content, folder / "epoch_2.pth")
    assert resuming.find_checkpoint(folder) == folder / "epoch_1.pth"
    assert "layer.bias has NaN values" in lines[0]


def test_moved_folder_is_used(folder, lines, tmp_path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    shutil.rmtree(folder)
    assert resuming.find_checkpoint(moved) == moved / "epoch_2.pth"


def test_interrupted_checkpoint_counts_by_its_iteration(folder, lines) -> None:
    content = torch.load(folder / "epoch_2.pth", weights_only=False)
    for iteration, expected in ((6, "epoch_2.pth"), (11, "interrupted.pth")):
        content["meta"]["iter"] = iteration
        torch.save(content, folder / "interrupted.pth")
        assert resuming.find_checkpoint(folder) == folder / expected


def test_no_complete_checkpoint_is_an_error(folder) -> None:
    for path in folder.glob("epoch_*.pth"):
        path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"no complete checkpoint.*epoch_1.*epoch_2"):
        resuming.find_checkpoint(folder)


def test_resumed_run_continues_there(folder, toy_runner, lines) -> None:
    cfg = Config(dict(work_dir=str(folder), load_from="weights.pth"))
    resuming.set_resume(cfg, "auto")
    assert cfg.resume is True
    runner = toy_runner(
        load_from=cfg.load_from,
        resume=True,
        train_cfg=dict(by_epoch=True, max_epochs=3),
    )
    runner.train()
    assert runner.iter == 12


def test_set_resume(tmp_path: Path, lines) -> None:
    checkpoint = tmp_path / "iter_2.pth"
    checkpoint.touch()
    cfg = Config(dict(load_from="weights.pth", work_dir=str(tmp_path / "new")))
    resuming.set_resume(cfg, None)
    assert cfg.get("resume") is None and cfg.load_from == "weights.pth"
    resuming.set_resume(cfg, "auto")
    assert cfg.get("resume") is None and cfg.load_from == "weights.pth"
    assert "holds no checkpoint: training starts from the beginning" in lines[0]
    resuming.set_resume(cfg, str(checkpoint))
    assert cfg.load_from == str(checkpoint)
    with pytest.raises(FileNotFoundError, match=r"--resume is 'gone\.pth'"):
        resuming.set_resume(cfg, "gone.pth")


@pytest.mark.parametrize(
    "options", [[], ["--resume"], ["--resume", "old.pth"], ["--resume=old.pth"]]
)
def test_how_to_resume(tmp_path: Path, options: list[str]) -> None:
    command = ["python", "tools/train.py", "a.py", *options, "--amp"]
    words = resuming.how_to_resume(str(tmp_path), command)
    assert "before the first checkpoint" in words
    (tmp_path / "last_checkpoint").write_text("runs/iter_4.pth")
    words = resuming.how_to_resume(str(tmp_path), command)
    assert "runs/iter_4.pth" in words
    assert words.endswith("python tools/train.py a.py --amp --resume")
