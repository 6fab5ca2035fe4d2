"""Tasks are found by their packages; adding one needs no other change."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solider_mm.tasks import find_tasks
from solider_mm.version_gate import HOSTS

ROOT = Path(__file__).resolve().parents[1]
TOY_TASK = '''
"""Toy task on mmpretrain."""

from solider_mm.downstream.toy.head import ToyHead

HOST = "mmpretrain"
SEMANTIC_WEIGHT = 0.35

__all__ = ["ToyHead"]
'''
TOY_HEAD = '''
"""Toy head."""

from mmpretrain.models.heads import LinearClsHead

from solider_mm.registry import MODELS


@MODELS.register_module()
class ToyHead(LinearClsHead):
    """Linear classifier."""
'''
TOY_CONFIG = """
default_scope = "mmpretrain"
semantic_weight = 0.35
model = dict(
    type="ImageClassifier",
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch=dict(embed_dims=16, depths=(1, 1), num_heads=(1, 2)),
        strides=(4, 2),
        out_indices=(1,),
        semantic_weight=semantic_weight,
    ),
    neck=dict(type="GlobalAveragePooling"),
    head=dict(type="solider_mm.ToyHead", num_classes=3, in_channels=32),
)
"""
BUILD = """
import json
import torch
from mmengine.registry import DefaultScope, MODELS
from solider_mm.engine.launching import load_config
import solider_mm

cfg = load_config("toy.py", {"semantic_weight": 0.5})
with DefaultScope.overwrite_default_scope(cfg.default_scope):
    model = MODELS.build(cfg.model).eval()
report = dict(file=solider_mm.__file__, weight=model.backbone.semantic_weight)
report["shape"] = list(model(torch.zeros(2, 3, 32, 32)).shape)
del cfg.model.backbone["semantic_weight"]
from solider_mm.engine.config_check import check_config
try:
    check_config(cfg)
except ValueError as error:
    report["hint"] = str(error)
print("REPORT" + json.dumps(report))
"""


def test_finds_the_six_tasks() -> None:
    assert {(t.name, t.host, t.semantic_weight) for t in find_tasks()} == {
        ("attribute", "mmpretrain", 0.8),
        ("human_parsing", "mmseg", 0.8),
        ("human_pose", "mmpose", 0.8),
        ("pedestrian_detection", "mmdet", 1.0),
        ("person_search", "mmdet", 0.6),
        ("reid", "mmpretrain", 0.2),
    }


def test_version_gate_knows_every_host() -> None:
    assert {task.host for task in find_tasks()} <= {*HOSTS, "mmpretrain"}


def test_undeclared_host_is_refused(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "__init__.py").write_text("SEMANTIC_WEIGHT = 0.5\n")
    with pytest.raises(ValueError, match=r"task 'new' declares .*expected HOST and"):
        find_tasks(tmp_path)


@pytest.mark.slow
def test_added_folder_is_enough_for_a_task(tmp_path: Path) -> None:
    package = tmp_path / "solider_mm"
    ignore = shutil.ignore_patterns("__pycache__", ".mim")
    shutil.copytree(ROOT / "solider_mm", package, ignore=ignore)
    toy = package / "downstream" / "toy"
    toy.mkdir()
    (toy / "__init__.py").write_text(TOY_TASK.lstrip())
    (toy / "head.py").write_text(TOY_HEAD.lstrip())
    (tmp_path / "toy.py").write_text(TOY_CONFIG)
    (tmp_path / "build.py").write_text(BUILD)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "build.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "REPORT" in done.stdout, done.stderr[-2000:]
    report = json.loads(done.stdout.rsplit("REPORT", maxsplit=1)[-1])
    assert Path(report["file"]).is_relative_to(tmp_path)
    assert (report["weight"], report["shape"]) == (0.5, [2, 3])
    assert "toy 0.35" in report["hint"]
