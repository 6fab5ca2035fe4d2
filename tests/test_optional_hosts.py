"""The core lives without mmdet, mmseg, mmpose and without mmcv's compiled ops."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCKED = ("mmdet", "mmseg", "mmpose", "mmcv._ext")

BLOCK = f"""
import importlib.abc, sys

class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        for blocked in {BLOCKED}:
            if name == blocked or name.startswith(blocked + "."):
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
        return None

sys.meta_path.insert(0, Wall())
"""


def run_blocked(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BLOCK + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_core_module_imports() -> None:
    core = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "solider_mm").rglob("*.py")
        if "downstream" not in path.parts
    )
    out = run_blocked(
        f"import importlib\nfor name in {core}:\n    importlib.import_module(name)\n"
        f"print([m for m in {BLOCKED} if m in sys.modules])"
    )
    assert out.strip().splitlines()[-1] == "[]"
    assert len(core) > 20


def test_import_is_light() -> None:
    """`import solider_mm` reads metadata only: no torch, no OpenMMLab."""
    out = run_blocked(
        "import solider_mm\n"
        "print([m for m in ('torch', 'mmcv', 'mmengine', 'mmpretrain') "
        "if m in sys.modules])"
    )
    assert out.strip() == "[]"
