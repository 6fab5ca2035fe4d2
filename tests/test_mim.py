"""`mim train solider_mm …`, run from the editable install."""

import importlib.metadata
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from solider_mm.checkpoints import load_file

ROOT = Path(__file__).resolve().parents[1]
MIM = Path(sys.executable).with_name("mim")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
INTERRUPTED = "interrupted.pth"
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


def command(config: str, images: Path, work_dir: Path, epochs: int) -> list[str]:
    return [
        str(MIM),
        "train",
        "solider_mm",
        config,
        "--gpus",
        "0",
        "--work-dir",
        str(work_dir),
        "--cfg-options",
        f"train_dataloader.batch_size={BATCH}",
        "train_dataloader.num_workers=0",
        "train_dataloader.persistent_workers=False",
        f"train_dataloader.dataset.data_root={images}",
        f"train_cfg.max_epochs={epochs}",
        "default_hooks.logger.interval=1",
    ]


def mim_train(
    cwd: Path, config: str, images: Path, work_dir: Path, *more: str, epochs: int
) -> str:
    words = command(config, images, work_dir, epochs)
    options = words.index("--cfg-options")
    done = subprocess.run(
        [*words[:options], *more, *words[options:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=ENVIRONMENT,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    return output


def require_mim() -> None:
    if not MIM.is_file():
        pytest.skip("mim is not installed here: run tools/set_up.sh")
    try:
        importlib.metadata.distribution("solider_mm")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("solider_mm is not installed here: run tools/set_up.sh")


def wait_for(found: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)


@pytest.mark.slow
def test_interrupt_under_mim_saves_and_resumes(tmp_path: Path, images: Path) -> None:
    """mim kills its child 0.25 s after Ctrl-C; the trainer saves all the same."""
    require_mim()
    work_dir, log = tmp_path / "run", tmp_path / "log.txt"
    config = nano_config().name
    with log.open("w") as stream:
        mim = subprocess.Popen(
            command(config, images, work_dir, epochs=50),
            cwd=tmp_path,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=ENVIRONMENT,
        )
        wait_for(lambda: "Epoch(train)" in log.read_text(), 300)
        os.killpg(mim.pid, signal.SIGINT)
        assert mim.wait(timeout=60) != 0
        pointer = work_dir / "last_checkpoint"
        wait_for(
            lambda: pointer.is_file() and pointer.read_text().endswith(INTERRUPTED), 120
        )
    content = load_file(work_dir / INTERRUPTED)
    done = content["meta"]["iter"]
    assert done >= 1
    epochs = done * BATCH // NUM_IMAGES + 1
    more = ("--resume",)
    output = mim_train(tmp_path, config, images, work_dir, *more, epochs=epochs)
    assert f"Resume from {work_dir / INTERRUPTED} (iteration {done})" in output


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_error_under_mim_is_one_sentence_at_the_end(
    tmp_path: Path, images: Path
) -> None:
    """A GPU is asked for, and the run does not use the CPU instead."""
    require_mim()
    words = command(nano_config().name, images, tmp_path / "run", epochs=1)
    words[words.index("--gpus") + 1] = "1"
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "Aborted!"
    (error,) = (line for line in done.stderr.splitlines() if "Error: " in line)
    assert error.startswith("ValueError: the device is 'cuda', but torch")
    assert "--gpus 0" in error
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_mim_train_then_resume(tmp_path: Path, images: Path) -> None:
    """One epoch by path, then a second one, resumed, by basename from elsewhere."""
    require_mim()
    config = nano_config()
    work_dir = tmp_path / "run"
    output = mim_train(ROOT, str(config.relative_to(ROOT)), images, work_dir, epochs=1)
    assert "Training finished successfully" in output
    steps = NUM_IMAGES // BATCH
    assert f"[{steps}/{steps}]" in output
    assert (work_dir / "last_checkpoint").read_text().endswith(".pth")

    output = mim_train(tmp_path, config.name, images, work_dir, "--resume", epochs=2)
    assert "Epoch(train) [1]" not in output
    assert f"[2][{steps}/{steps}]" in output.replace(" ", "")
