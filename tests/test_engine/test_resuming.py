from pathlib import Path

import pytest
from mmengine.config import Config

from solider_mm.engine import resuming


def test_set_resume(tmp_path: Path) -> None:
    checkpoint = tmp_path / "iter_2.pth"
    checkpoint.touch()
    cfg = Config(dict(load_from="weights.pth"))
    resuming.set_resume(cfg, None)
    assert cfg.get("resume") is None and cfg.load_from == "weights.pth"
    resuming.set_resume(cfg, "auto")
    assert cfg.resume is True and cfg.load_from is None
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
