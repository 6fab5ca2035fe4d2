"""Training and testing through the tools on synthetic scenes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.synthetic import write_prw  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
NANO = (
    ROOT
    / "configs/person_search/seqnet_solider-swin-nano_1xb4-20e_synthetic-360x288.py"
)


@pytest.mark.slow
def test_checkpoint_reproduces_the_last_validation(tmp_path):
    """The last validation and a test of the checkpoint give the same numbers."""
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
    numbers = [metrics_in(run.stdout + run.stderr) for run in (done, tested)]
    assert numbers[0] == numbers[1]
    assert set(numbers[0]) >= {"mAP", "top1", "recall", "cross_camera_mAP"}


def metrics_in(log):
    """Metrics of the last evaluation in a log."""
    line = [line for line in log.splitlines() if "person_search/mAP: " in line][-1]
    return dict(re.findall(r"person_search/(\w+): (\S+)", line))
