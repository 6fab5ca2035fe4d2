"""Training and testing through our tools and mmpose's on synthetic data."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.host("mmpose"), pytest.mark.slow]
mmpose = pytest.importorskip("mmpose")

from solider_mm.synthetic import WRITERS  # noqa: E402

NANO = "td-hm_solider-swin-nano_1xb32-bf16-20e_{}-128x96.py"
SHORT = [
    "--cfg-options",
    "train_cfg.max_epochs=1",
    "train_cfg.val_interval=1",
    "train_dataloader.batch_size=2",
    "default_hooks.checkpoint.save_best=None",
    *(
        f"{part}_dataloader.{key}"
        for part in ("train", "val", "test")
        for key in ("num_workers=0", "persistent_workers=False")
    ),
]


def tools_of(owner: str, root: Path) -> Path:
    if owner == "ours":
        return root / "tools"
    return Path(mmpose.__file__).parent / ".mim" / "tools"


def call(*words, data):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, "SOLIDER_MM_DATA": str(data), "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("owner", ["ours", "mmpose"])
def test_synthetic_coco(owner, root, tmp_path):
    WRITERS["coco"](
        tmp_path / "coco", num_train=6, num_val=3, size=(160, 200), show_progress=False
    )
    config = root / "configs" / "human_pose" / NANO.format("synthetic")
    tools = tools_of(owner, root)
    work = tmp_path / "work"
    call(tools / "train.py", config, "--work-dir", work, *SHORT, data=tmp_path)
    weights = work / "epoch_1.pth"
    log = call(
        tools / "test.py", config, weights, "--work-dir", work, *SHORT, data=tmp_path
    )
    for name in ("coco/AP", "box/PCK", "torso/PCK"):
        assert f"{name}: " in log


def test_lspet_and_a_picture(root, lspet, tmp_path):
    config = root / "configs" / "human_pose" / NANO.format("lspet")
    short = [
        *SHORT,
        "train_dataloader.dataset.numbers=(1,2)",
        "val_dataloader.dataset.numbers=(2,4)",
        "train_dataloader.drop_last=False",
        "model.backbone.init_cfg=None",
    ]
    work = tmp_path / "work"
    log = call(root / "tools/train.py", config, "--work-dir", work, *short, data=lspet)
    assert "1 of 3 persons left out" in log
    assert "torso/PCK: " in log
    photo = lspet / "images" / "im00001.jpg"
    words = ["pose", photo, "--model", work / "epoch_1.pth", "--threshold", "-1"]
    call("-m", "solider_mm", *words, "--out", tmp_path / "out", data=lspet)
    picture = np.asarray(Image.open(tmp_path / "out" / "pictures" / "im00001.png"))
    enlarged = np.asarray(Image.open(photo)).repeat(4, 0).repeat(4, 1)
    assert picture.shape == enlarged.shape == (480, 320, 3)
    assert (picture != enlarged).any()
