"""`mim train solider_mm …`, really run from the editable install."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
MIM = Path(sys.executable).with_name("mim")
NUM_IMAGES = 8
BATCH = 4


def nano_config() -> Path:
    """The first stage on the Market-1501 layout: needs images only, no checkpoint."""
    configs = sorted((ROOT / "configs" / "pretrain").glob("dino*nano*market1501*.py"))
    assert configs, "configs/pretrain has no dino*nano*market1501*.py"
    return configs[0]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Eight small pictures of noise under Market-1501's names."""
    folder = tmp_path / "data" / "bounding_box_train"
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for index in range(NUM_IMAGES):
        pixels = draw.integers(0, 255, (128, 64, 3), dtype=np.uint8)
        name = f"{index + 1:04d}_c1s1_{index:06d}_01.jpg"
        Image.fromarray(pixels).save(folder / name)
    return folder.parent


def mim_train(cwd: Path, config: str, images: Path, work_dir: Path, *more: str) -> str:
    done = subprocess.run(
        [
            str(MIM),
            "train",
            "solider_mm",
            config,
            "--gpus",
            "0",
            "--work-dir",
            str(work_dir),
            *more,
            "--cfg-options",
            f"train_dataloader.batch_size={BATCH}",
            "train_dataloader.num_workers=0",
            "train_dataloader.persistent_workers=False",
            f"train_dataloader.dataset.data_root={images}",
            f"train_cfg.max_epochs={2 if more else 1}",
            "default_hooks.logger.interval=1",
        ],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    return output


@pytest.mark.slow
def test_mim_train_then_resume(tmp_path: Path, images: Path) -> None:
    """One epoch by path, then a second one, resumed, by basename from elsewhere."""
    if not MIM.is_file():
        pytest.skip("mim is not installed here: run tools/set_up.sh")
    try:
        importlib.metadata.distribution("solider_mm")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("solider_mm is not installed here: run tools/set_up.sh")
    config = nano_config()
    work_dir = tmp_path / "run"
    output = mim_train(ROOT, str(config.relative_to(ROOT)), images, work_dir)
    assert "Training finished successfully" in output
    steps = NUM_IMAGES // BATCH
    assert f"[{steps}/{steps}]" in output
    assert (work_dir / "last_checkpoint").read_text().endswith(".pth")

    output = mim_train(tmp_path, config.name, images, work_dir, "--resume")
    assert "Epoch(train) [1]" not in output
    assert f"[2][{steps}/{steps}]" in output.replace(" ", "")
