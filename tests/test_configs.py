"""Every config loads, binds to its components, and a nano one builds its model."""

import ast
import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from solider_mm.engine.config_check import check_config

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "configs"
BASES = sorted((FOLDER / "_base_").rglob("*.py"))
CONFIGS = sorted(set(FOLDER.rglob("*.py")) - set(BASES))
NANO = [path for path in CONFIGS if "nano" in path.stem]
DOWNSTREAM = [path for path in CONFIGS if path.parent.name != "pretrain"]
HOST_SCOPES = {"mmdet", "mmseg", "mmpose"}

MAX_BASE_LEVELS = 3
MAX_BASE_LINES = 1700
MAX_EQUAL_LINES = 20
MAX_REPEATED_RUNS = 60
RUN_LINES = 6

SIZES = "nano|mini|tiny|small|base"
SCHEDULE = r"\d+xb\d+(-[a-z0-9]+)*-\d+e(-from-dino)?"
DATA = r"[a-z0-9]+(-[a-z0-9]+)*-\d+x\d+"
# {algorithm}_solider-swin-{size}_{batch}-{schedule}_{data}-{image size}; in pretraining
# the Swin is what is trained, not a SOLIDER Swin that is used.
NAMES = {
    "task": re.compile(rf"[a-z0-9-]+_solider-swin-({SIZES})_{SCHEDULE}_{DATA}"),
    "pretrain": re.compile(rf"(dino|solider)_swin-({SIZES})_{SCHEDULE}_{DATA}"),
}


def by_name(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def bases_of(path: Path) -> list[str]:
    """Read `_base_` from the source; a path, a list of paths, or nothing."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_base_":
            value = ast.literal_eval(node.value)
            return [value] if isinstance(value, str) else list(value)
    return []


def parents(path: Path) -> list[Path]:
    """Files of this repository that a config inherits from directly."""
    names = [name for name in bases_of(path) if "::" not in name]
    return [(path.parent / name).resolve() for name in names]


def base_levels(path: Path) -> int:
    """Levels of inheritance inside `_base_`, the file itself included."""
    above = max(map(base_levels, parents(path)), default=0)
    return above + (path in BASES)


def lines_of(path: Path) -> list[str]:
    """Lines that say something: without blank ones and lone punctuation."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if re.search(r"\w", line)]


def repeated_runs() -> list[tuple[str, str]]:
    """Pairs of files that share `RUN_LINES` consecutive equal lines."""
    runs: dict[tuple[str, ...], set[str]] = {}
    for path in [*BASES, *CONFIGS]:
        lines = lines_of(path)
        for start in range(len(lines) - RUN_LINES + 1):
            run = tuple(lines[start : start + RUN_LINES])
            runs.setdefault(run, set()).add(by_name(path))
    pairs = (combinations(sorted(files), 2) for files in runs.values())
    return sorted({pair for files in pairs for pair in files})


def test_market1501_has_a_nano_pretraining_config() -> None:
    pretrain = [path.stem for path in NANO if path.parent.name == "pretrain"]
    assert any("market1501" in stem for stem in pretrain)


def test_basenames_are_unique() -> None:
    """mim looks up a config by basename and stops when it finds two."""
    names = Counter(path.name for path in [*CONFIGS, *BASES])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", CONFIGS, ids=by_name)
def test_name_follows_the_grammar(path: Path) -> None:
    kind = "pretrain" if path.parent.name == "pretrain" else "task"
    assert NAMES[kind].fullmatch(path.stem), f"{path.stem}: {NAMES[kind].pattern}"


@pytest.mark.parametrize("path", CONFIGS, ids=by_name)
def test_inherits_from_bases_or_one_sibling(path: Path) -> None:
    """At most three levels of `_base_`; or one config that itself has only bases."""
    assert base_levels(path) <= MAX_BASE_LEVELS
    siblings = [parent for parent in parents(path) if parent in CONFIGS]
    assert siblings in ([], parents(path)[:1])
    for sibling in siblings:
        assert sibling.parent == path.parent
        assert set(parents(sibling)) <= set(BASES)


def test_every_base_is_used() -> None:
    used = {parent for path in [*CONFIGS, *BASES] for parent in parents(path)}
    assert set(BASES) <= used


def test_there_is_one_default_runtime() -> None:
    assert [path.name for path in BASES if "runtime" in path.name] == [
        "default_runtime.py"
    ]


def test_bases_are_short() -> None:
    lines = [line for path in BASES for line in path.read_text().splitlines()]
    assert sum(bool(line.strip()) for line in lines) <= MAX_BASE_LINES


def test_bases_do_not_repeat_each_other() -> None:
    """Equal lines in the same order, also where other lines stand between them."""
    repeated = {}
    for one, other in combinations(BASES, 2):
        matcher = SequenceMatcher(None, lines_of(one), lines_of(other), autojunk=False)
        equal = sum(block.size for block in matcher.get_matching_blocks())
        if equal > MAX_EQUAL_LINES:
            repeated[by_name(one), by_name(other)] = equal
    assert repeated == {}


def test_configs_repeat_few_runs_of_lines() -> None:
    assert len(repeated_runs()) < MAX_REPEATED_RUNS


@pytest.mark.parametrize("path", CONFIGS, ids=by_name)
def test_docstring_begins_with_the_command(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{by_name(path)} has no docstring"
    command = f"mim train solider_mm configs/{by_name(path)}"
    assert command in " ".join(docstring.split()).replace("\\ ", "")


@pytest.mark.parametrize("path", DOWNSTREAM, ids=by_name)
def test_semantic_weight_is_written_once_with_its_source(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    body = source.split('"""', 2)[2]
    assert len(re.findall(r"^semantic_weight = \d\.\d", body, re.MULTILINE)) == 1
    assert "semantic_weight=semantic_weight" in body
    assert re.search(r"# λ: docs/reference\.md §", body)
    if not any("::" in base for base in bases_of(path)):
        cfg = Config.fromfile(path)
        assert cfg.model.backbone.semantic_weight == cfg.semantic_weight


@pytest.mark.parametrize("path", CONFIGS, ids=by_name)
def test_runs_of_one_process_share_no_visualizer(path: Path) -> None:
    """mmengine shares visualizers by name; without one, the run's name is taken."""
    cfg = Config.fromfile(path)
    assert "name" not in (cfg.get("visualizer") or {})
    assert "experiment_name" not in cfg


@pytest.mark.parametrize("path", CONFIGS, ids=by_name)
def test_runs_keep_their_last_good_checkpoint(path: Path) -> None:
    hooks = Config.fromfile(path).default_hooks
    assert hooks.checkpoint.type == "solider_mm.SafeCheckpointHook"
    assert hooks.non_finite_guard.type == "solider_mm.NonFiniteGuardHook"
    assert hooks.save_on_signal.type == "solider_mm.SaveOnSignalHook"


@pytest.mark.parametrize("path", CONFIGS, ids=by_name)
def test_every_key_binds(path: Path) -> None:
    for host in HOST_SCOPES:
        if any(base.startswith(f"{host}::") for base in bases_of(path)):
            pytest.importorskip(host)
    cfg = Config.fromfile(path)
    if cfg.get("default_scope") in HOST_SCOPES:
        pytest.importorskip(cfg.default_scope)
    check_config(cfg)


@pytest.mark.parametrize("path", NANO, ids=by_name)
def test_nano_model_builds(path: Path) -> None:
    cfg = Config.fromfile(path)
    if cfg.default_scope in HOST_SCOPES:
        pytest.importorskip(cfg.default_scope)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert 1e4 < trainable < 2e7
