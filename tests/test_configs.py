"""Every config loads, binds to its components, and a nano one builds its model."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from solider_mm.engine.config_check import check_config

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs"
BASES = sorted((CONFIGS / "_base_").rglob("*.py"))
LEAVES = sorted(set(CONFIGS.rglob("*.py")) - set(BASES))
NANO = [leaf for leaf in LEAVES if "nano" in leaf.stem]
HOST_SCOPES = {"mmdet", "mmseg", "mmpose"}


def by_name(path: Path) -> str:
    return str(path.relative_to(CONFIGS))


def bases_of(path: Path) -> list[str]:
    """Read `_base_` from the source; a path, a list of paths, or nothing."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_base_":
            value = ast.literal_eval(node.value)
            return [value] if isinstance(value, str) else list(value)
    return []


def depth(path: Path) -> int:
    """Levels of inheritance: 1 for a file without bases, hosts' bases count one."""
    levels = [
        1 if "::" in base else depth((path.parent / base).resolve())
        for base in bases_of(path)
    ]
    return 1 + max(levels, default=0)


def test_there_is_a_nano_leaf_for_market1501() -> None:
    pretrain = [leaf.stem for leaf in NANO if leaf.parent.name == "pretrain"]
    assert any("market1501" in stem for stem in pretrain)


def test_basenames_are_unique() -> None:
    """mim looks a config up by basename and stops when it finds two."""
    names = Counter(path.name for path in [*LEAVES, *BASES])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("leaf", LEAVES, ids=by_name)
def test_inheritance_is_shallow(leaf: Path) -> None:
    assert depth(leaf) <= 2


@pytest.mark.parametrize("leaf", LEAVES, ids=by_name)
def test_leaf_begins_with_its_command(leaf: Path) -> None:
    docstring = ast.get_docstring(ast.parse(leaf.read_text(encoding="utf-8")))
    assert docstring, f"{by_name(leaf)} has no docstring"
    command = f"mim train solider_mm configs/{by_name(leaf)}"
    assert command in " ".join(docstring.split()).replace("\\ ", "")


@pytest.mark.parametrize("leaf", LEAVES, ids=by_name)
def test_every_key_binds(leaf: Path) -> None:
    cfg = Config.fromfile(leaf)
    if cfg.get("default_scope") in HOST_SCOPES:
        pytest.importorskip(cfg.default_scope)
    check_config(cfg)


@pytest.mark.parametrize("leaf", NANO, ids=by_name)
def test_nano_model_builds(leaf: Path) -> None:
    cfg = Config.fromfile(leaf)
    with DefaultScope.overwrite_default_scope(cfg.get("default_scope")):
        model = MODELS.build(cfg.model)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert 1e4 < trainable < 2e7
