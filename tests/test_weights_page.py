"""`docs/weights.md` lists every file that a config reads, and nothing else."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "weights.md"
CONFIGS = sorted((ROOT / "configs").glob("[!_]*/*.py"))
ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| .+ \|$", re.MULTILINE)


def rows() -> dict[str, str]:
    """Second column of the page's tables by file."""
    return dict(ROW.findall(PAGE.read_text(encoding="utf-8")))


def initial_weights(node: Any) -> Iterator[str]:
    """Files that the models inside a config start from."""
    if isinstance(node, Mapping):
        if node.get("type") == "Pretrained":
            yield node["checkpoint"]
        for value in node.values():
            yield from initial_weights(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from initial_weights(value)


def test_every_file_of_the_configs_is_listed() -> None:
    found = rows()
    read: set[str] = set()
    for path in CONFIGS:
        cfg = Config.fromfile(path)
        files = set(initial_weights(cfg.model.to_dict()))
        if cfg.get("load_from"):
            files.add(cfg.load_from)
            assert path.stem in found[cfg.load_from]
            stage = Path(cfg.load_from).parent.name
            assert (path.parent / f"{stage}.py").is_file()
        read |= files
        for file in files & EMBEDDED_CHECKPOINTS.keys():
            assert path.stem in found[file] or "nano tasks" in found[file]
        for file in files:
            size = re.fullmatch(r"checkpoints/solider_swin_(\w+)\.pth", file)
            assert size is None or f"solider-swin-{size[1]}" in path.stem
    assert read <= found.keys()
    listed = {file for file in found if not file.startswith("weights/")}
    assert listed == read | EMBEDDED_CHECKPOINTS.keys()


def test_every_published_model_is_listed() -> None:
    published = {}
    for metafile in (ROOT / "configs").glob("*/metafile.yml"):
        for model in re.split(r"^- Name:", metafile.read_text(), flags=re.MULTILINE):
            weights = re.search(r"^  Weights: (\S+)$", model, re.MULTILINE)
            if weights:
                config = re.search(r"^  Config: (\S+)$", model, re.MULTILINE)
                published[weights[1]] = f"`{config[1]}`"
    listed = {k: v for k, v in rows().items() if k.startswith("weights/")}
    assert listed == published
    files = (ROOT / "weights").glob("*.safetensors")
    assert {f"weights/{path.name}" for path in files} == published.keys()
