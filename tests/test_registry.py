"""Our names resolve from every host with no `custom_imports`, in a fresh process."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from mmengine.config import Config

import solider_mm.registry  # noqa: F401  (registers the config packages)

ROOT = Path(__file__).resolve().parents[1]
ORIGINS = [
    "mmengine",
    "mmpretrain",
    pytest.param("mmdet", marks=pytest.mark.host("mmdet")),
    pytest.param("mmseg", marks=pytest.mark.host("mmseg")),
    pytest.param("mmpose", marks=pytest.mark.host("mmpose")),
]
# What a fresh process finds, step by step; each step imports more than the one before.
PROBE = """
import json, sys
import {origin}.registry as host
from mmengine.registry import Registry

NAMES = [
    "SOLIDERSwin", "SOLIDER", "DINOPretrain", "DINOPretrainNeck",
    "DINOPretrainHead", "SemanticHead", "SemanticClusterer",
]
report = dict(imported_before="solider_mm" in sys.modules)
report["prefixed_missing"] = [
    name for name in NAMES if host.MODELS.get("solider_mm." + name) is None
]

import torch
backbone = host.MODELS.build(dict(
    type="solider_mm.SOLIDERSwin", out_indices=(0, 1, 2, 3),
    arch=dict(embed_dims=16, depths=(1, 1, 1, 1), num_heads=(1, 1, 2, 2)),
)).eval()
maps = backbone(torch.zeros(1, 3, 64, 32), semantic_weight=0.5)
report["shapes"] = [tuple(m.shape) for m in maps]
report["bare_missing"] = [name for name in NAMES if host.MODELS.get(name) is None]

if "{origin}" != "mmengine":
    from {origin}.utils import register_all_modules
    import solider_mm.datasets, solider_mm.engine, solider_mm.evaluation
    import solider_mm.visualization
    register_all_modules(init_default_scope=False)
    report["taken"] = sorted(
        name
        for registry in vars(host).values()
        if isinstance(registry, Registry) and registry.root is not registry
        for name, kind in registry.root.module_dict.items()
        if kind.__module__.startswith("solider_mm") and name in registry.module_dict
    )
print("REPORT" + json.dumps(report))
"""


@cache
def probe(origin: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROBE.format(origin=origin)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "REPORT" in done.stdout, done.stderr[-2000:]
    return json.loads(done.stdout.rsplit("REPORT", maxsplit=1)[-1])


@pytest.mark.parametrize("origin", ORIGINS)
def test_prefixed_names_resolve_without_any_import(origin: str) -> None:
    assert probe(origin)["imported_before"] is False
    assert probe(origin)["prefixed_missing"] == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_bare_names_resolve_after_import(origin: str) -> None:
    assert probe(origin)["bare_missing"] == []


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_host_builds_the_backbone(origin: str) -> None:
    assert probe(origin)["shapes"] == [
        [1, 16, 16, 8],
        [1, 32, 8, 4],
        [1, 64, 4, 2],
        [1, 128, 2, 1],
    ]


@pytest.mark.parametrize("origin", ORIGINS[1:])
def test_no_name_of_ours_exists_in_a_host(origin: str) -> None:
    """A root name would be shadowed by a host's of the same spelling."""
    assert probe(origin)["taken"] == []


def test_registry_imports_no_component() -> None:
    """Declaring where our classes are must not import them."""
    code = (
        "import sys, solider_mm.registry\n"
        "print([m for m in sys.modules if m.startswith('solider_mm.models')])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert out.strip().splitlines()[-1] == "[]"


@pytest.mark.host("mmseg")
def test_configs_of_mmseg_resolve(tmp_path: Path) -> None:
    config = tmp_path / "config.py"
    config.write_text('_base_ = "mmseg::_base_/default_runtime.py"', encoding="utf-8")
    assert Config.fromfile(config).default_scope == "mmseg"


def test_our_configs_resolve_by_package_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package has its configs in `.mim`; here they are links."""
    (tmp_path / ".mim").mkdir()
    for name in ("configs", "model-index.yml"):
        (tmp_path / ".mim" / name).symlink_to(ROOT / name)
    folders = {"solider_mm": str(tmp_path)}
    monkeypatch.setattr("mmengine.config.config.get_installed_path", folders.get)
    config = tmp_path / "config.py"
    base = "solider_mm::_base_/default_runtime.py"
    config.write_text(f"_base_ = {base!r}", encoding="utf-8")
    assert Config.fromfile(config).log_level == "INFO"
