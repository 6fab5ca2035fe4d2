"""The hosts' own `get_flops.py` count the operations of our configs."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.analysis import get_model_complexity_info

from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.synthetic import write_citypersons

UNITS = {"K": 1e3, "M": 1e6, "G": 1e9}


def count(host: str, config: Path, *arguments: str, **environment: str) -> float:
    """Operations that the host's script prints."""
    spec = importlib.util.find_spec(host)
    assert spec is not None
    assert spec.origin is not None
    tools = Path(spec.origin).parent / ".mim" / "tools" / "analysis_tools"
    run = subprocess.run(
        [sys.executable, tools / "get_flops.py", config, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert run.returncode == 0, run.stderr[-3000:]
    found = re.search(r"Flops: ([\d.]+)([KMG])", run.stdout)
    assert found is not None, run.stdout
    return float(found[1]) * UNITS[found[2]]


def of_backbone(size: tuple[int, int], **options: object) -> float:
    backbone = SOLIDERSwin(semantic_weight=0.2, **options).eval()
    counted = get_model_complexity_info(backbone, (3, *size), show_table=False)
    return float(counted["flops"])


@pytest.mark.slow
def test_mmpretrain(root):
    config = next((root / "configs" / "reid").glob("*nano*synthetic-64x32.py"))
    flops = count("mmpretrain", config, "--shape", "64", "32")
    assert flops == pytest.approx(of_backbone((64, 32), arch="nano"), rel=0.01)


@pytest.mark.slow
@pytest.mark.host("mmseg")
def test_mmsegmentation(root):
    config = next((root / "configs" / "human_parsing").glob("*nano*synthetic*.py"))
    flops = count("mmseg", config, "--shape", "128", "88")
    options = {"arch": "nano", "out_indices": (0, 1, 2)}
    assert of_backbone((128, 88), **options) < flops < 1e10


@pytest.mark.slow
@pytest.mark.host("mmdet")
def test_mmdetection(root, tmp_path):
    write_citypersons(tmp_path / "citypersons", num_train=1, num_val=1, workers=0)
    configs = root / "configs" / "pedestrian_detection"
    config = next(configs.glob("csp_*nano*synthetic*.py"))
    flops = count("mmdet", config, "--num-images", "1", SOLIDER_MM_DATA=str(tmp_path))
    options = {"arch": "nano", "out_indices": (0, 1, 2)}
    assert of_backbone((192, 384), **options) < flops < 1e11


@pytest.mark.slow
def test_trace_of_a_whole_re_identification_model(root):
    from solider_mm.apis import ReIDInferencer  # noqa: PLC0415

    model = ReIDInferencer(show_progress=False, device="cpu").model.eval()
    images = torch.randn(2, 3, 64, 32)
    traced = torch.jit.trace(model, images)
    more = torch.randn(5, 3, 64, 32)
    with torch.no_grad():
        torch.testing.assert_close(traced(more), model(more))
