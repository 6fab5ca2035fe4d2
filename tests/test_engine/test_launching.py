"""What tools/train.py and tools/test.py share."""

from pathlib import Path

import pytest
from mmengine.config import Config

from solider_mm.engine import launching


def test_load_config_missing_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"config is 'no/such\.py'.*give the"):
        launching.load_config("no/such.py")


def test_load_config_applies_overrides_before_the_check(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("train_cfg = dict(type='IterBasedTrainLoop', max_iters=10)\n")
    cfg = launching.load_config(str(path), {"train_cfg.max_iters": 2})
    assert cfg.train_cfg.max_iters == 2
    with pytest.raises(ValueError, match="no argument 'max_itters'"):
        launching.load_config(str(path), {"train_cfg.max_itters": 2})


def test_read_overrides() -> None:
    words = ["a.b=2", "c=[1,2]", "d=(1.5,2)", "e=text"]
    expected = {"a.b": 2, "c": [1, 2], "d": (1.5, 2), "e": "text"}
    assert launching.read_overrides(words) == expected
    assert launching.read_overrides([]) == {}
    with pytest.raises(ValueError, match="has 'a', expected KEY=VALUE"):
        launching.read_overrides(["a"])


@pytest.mark.parametrize(
    ("option", "in_config", "expected"),
    [
        ("mine", "theirs", "mine"),
        (None, "theirs", "theirs"),
        (None, None, "work_dirs/leaf"),
    ],
)
def test_set_work_dir(option, in_config, expected) -> None:
    cfg = Config(dict(work_dir=in_config))
    launching.set_work_dir(cfg, option, "configs/pretrain/leaf.py")
    assert cfg.work_dir == expected


def test_set_resume(tmp_path: Path) -> None:
    checkpoint = tmp_path / "iter_2.pth"
    checkpoint.touch()
    cfg = Config(dict(load_from="weights.pth"))
    launching.set_resume(cfg, None)
    assert cfg.get("resume") is None and cfg.load_from == "weights.pth"
    launching.set_resume(cfg, "auto")
    assert cfg.resume is True and cfg.load_from is None
    launching.set_resume(cfg, str(checkpoint))
    assert cfg.load_from == str(checkpoint)
    with pytest.raises(FileNotFoundError, match=r"--resume is 'gone\.pth'"):
        launching.set_resume(cfg, "gone.pth")


def test_auto_scale_lr() -> None:
    cfg = Config(dict(auto_scale_lr=dict(base_batch_size=64)))
    launching.set_auto_scale_lr(cfg)
    assert cfg.auto_scale_lr.enable is True
    with pytest.raises(ValueError, match="base_batch_size"):
        launching.set_auto_scale_lr(Config(dict(a=1)))


def test_set_checkpoint(tmp_path: Path) -> None:
    checkpoint = tmp_path / "a.pth"
    checkpoint.touch()
    with pytest.raises(FileNotFoundError, match="the checkpoint is 'gone"):
        launching.set_checkpoint(Config(dict(a=1)), "gone.pth")
    with pytest.raises(ValueError, match="no test_dataloader"):
        launching.set_checkpoint(Config(dict(a=1)), str(checkpoint))


@pytest.mark.parametrize(
    "options", [[], ["--resume"], ["--resume", "old.pth"], ["--resume=old.pth"]]
)
def test_how_to_resume(tmp_path: Path, options: list[str]) -> None:
    command = ["python", "tools/train.py", "a.py", *options, "--amp"]
    words = launching.how_to_resume(str(tmp_path), command)
    assert "before the first checkpoint" in words
    (tmp_path / "last_checkpoint").write_text("runs/iter_4.pth")
    words = launching.how_to_resume(str(tmp_path), command)
    assert "runs/iter_4.pth" in words
    assert words.endswith("python tools/train.py a.py --amp --resume")


def test_one_sentence(capsys, monkeypatch) -> None:
    monkeypatch.delenv(launching.TRACEBACK_SWITCH, raising=False)
    with pytest.raises(SystemExit) as caught, launching.report_user_errors():
        raise KeyError("a sentence")
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("KeyError: a sentence\n")
    monkeypatch.setenv(launching.TRACEBACK_SWITCH, "1")
    with pytest.raises(KeyError), launching.report_user_errors():
        raise KeyError("a sentence")


def test_a_defect_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(RuntimeError), launching.report_user_errors():
        raise RuntimeError("not the user's doing")


@pytest.mark.parametrize(
    "text",
    ["default_scope = 'mmdet'\n", "model = dict(type='mmdet.FasterRCNN')\n"],
)
def test_config_of_an_absent_host_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def absent(host: str) -> None:
        raise ImportError(f"{host} is missing")

    monkeypatch.setattr(launching, "require_host", absent)
    config = tmp_path / "detector.py"
    config.write_text(text)
    with pytest.raises(ImportError, match="mmdet is missing"):
        launching.load_config(str(config))


def test_missing_weights_are_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.pth.*train the stage"):
        launching.build_runner(Config(dict(load_from="none.pth")))
