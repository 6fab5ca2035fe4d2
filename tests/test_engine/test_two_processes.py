"""Every pretraining config starts on two processes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.mark.slow
def test_every_pretraining_config_trains(root, tmp_path) -> None:
    images, generator = tmp_path / "images", np.random.default_rng(0)
    images.mkdir()
    for number in range(8):
        pixels = generator.integers(0, 255, (128, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"{number}.png")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configs = root / "configs" / "pretrain"
    words = [sys.executable, str(SCRIPT), str(configs), str(images), str(tmp_path)]
    processes = [
        subprocess.Popen(
            words,
            env={
                **os.environ,
                "PYTHONPATH": str(root),
                "OMP_NUM_THREADS": "1",
                "CUDA_VISIBLE_DEVICES": "",
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "WORLD_SIZE": "2",
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in (0, 1)
    ]
    outputs = [process.communicate(timeout=1200)[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0, output[-3000:]
        trained = {line[8:] for line in output.splitlines() if line[:8] == "trained "}
        assert trained == {path.stem for path in configs.glob("*.py")}
