from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from torch.utils.data import DataLoader

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


def test_refuses_fewer_samples_than_a_batch() -> None:
    loader = DataLoader(range(20), batch_size=32, drop_last=True)
    with pytest.raises(ValueError, match="20 samples, fewer than a batch of 32"):
        launching.require_batches(SimpleNamespace(train_dataloader=loader))
    loader = DataLoader(range(20), batch_size=32)
    launching.require_batches(SimpleNamespace(train_dataloader=loader))
