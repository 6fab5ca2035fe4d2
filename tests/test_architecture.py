"""The walls of the house: who imports whom, names, sizes, read from the sources."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "solider_mm"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 250
HOSTS = {"mmdet", "mmseg", "mmpose"}

# Longest prefix first wins. A room may always import from itself, except that the
# concrete rooms of `models` and the tasks of `downstream` do not know their siblings.
ROOMS = (
    "fileio",
    "functional",
    "synthetic",
    "registry",
    "version_gate",
    "models.layers",
    "models.backbones",
    "models.necks",
    "models.heads",
    "models.target_generators",
    "models.data_preprocessors",
    "models.selfsup",
    "datasets",
    "engine",
    "evaluation",
    "checkpoints",
    "inference",
    "visualization",
    "downstream",
)
CORE = {room for room in ROOMS if room != "downstream"}
MAY_IMPORT: dict[str, set[str]] = {
    "fileio": set(),
    "synthetic": {"fileio"},
    "functional": set(),
    "registry": set(),
    "version_gate": set(),
    "models.layers": {"functional"},
    # A backbone reads its weights through `init_cfg`, hence `checkpoints`.
    "models.backbones": {"registry", "functional", "models.layers", "checkpoints"},
    "models.necks": {"registry", "functional"},
    "models.heads": {"registry", "functional"},
    "models.target_generators": {"registry", "functional"},
    "models.data_preprocessors": {"registry", "functional"},
    "models.selfsup": {"registry", "functional"},
    "datasets": {"registry", "fileio", "functional"},
    # Launching says which host a config needs, hence `version_gate`.
    "engine": {"registry", "functional", "version_gate"},
    "evaluation": {"registry", "fileio", "functional"},
    "checkpoints": {"registry", "fileio"},
    "inference": {"registry", "fileio", "functional", "checkpoints"},
    "visualization": {"registry", "fileio", "functional", "checkpoints"},
    "downstream": CORE,
}
MAY_IMPORT_MMPRETRAIN = {"models.selfsup", "datasets", "downstream"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str | None:
    for room in sorted(ROOMS, key=len, reverse=True):
        if module == room or module.startswith(room + "."):
            return room
    return None  # the doors: solider_mm/__init__.py, models/__init__.py


def imports_of(path: Path) -> set[str]:
    """Absolute names of all imported modules, with `from a import b` as `a.b`."""
    package = ["solider_mm", *path.relative_to(PACKAGE).parts[:-1]]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names.update(f"{origin}.{alias.name}" for alias in node.names)
    return names


def rooms_imported(path: Path) -> set[str]:
    own = (n.removeprefix("solider_mm.") for n in imports_of(path) if is_ours(n))
    return {room for room in map(room_of, own) if room is not None}


def is_ours(name: str) -> bool:
    return name == "solider_mm" or name.startswith("solider_mm.")


def edges() -> set[tuple[str, str]]:
    found = set()
    for path in SOURCES:
        room = room_of(module_name(path))
        if room is not None:
            found.update((room, other) for other in rooms_imported(path))
    return {(room, other) for room, other in found if room != other}


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_room_has_a_rule() -> None:
    assert set(MAY_IMPORT) == set(ROOMS)
    for path in SOURCES:
        module = module_name(path)
        is_door = path.name == "__init__.py" and module in ("", "models")
        assert is_door or room_of(module), f"{by_name(path)} lies in no room"


def test_rooms_import_only_what_they_may() -> None:
    forbidden = {(a, b) for a, b in edges() if b not in MAY_IMPORT[a]}
    assert not forbidden


def test_no_two_rooms_import_each_other() -> None:
    found = edges()
    assert not {(a, b) for a, b in found if (b, a) in found}


def test_the_rules_themselves_are_one_way() -> None:
    assert not [
        (a, b)
        for a, allowed in MAY_IMPORT.items()
        for b in allowed
        if a in MAY_IMPORT[b]
    ]


def test_a_forbidden_import_would_be_seen(tmp_path, monkeypatch) -> None:
    """The reader of imports sees relative, absolute and nested imports."""
    package = tmp_path / "solider_mm"
    (package / "models" / "heads").mkdir(parents=True)
    source = package / "models" / "heads" / "a.py"
    source.write_text(
        "from ..necks import x\n"
        "def f():\n    import solider_mm.datasets.y\n"
        "    from solider_mm import engine\n"
    )
    monkeypatch.setitem(globals(), "PACKAGE", package)
    assert rooms_imported(source) == {"models.necks", "datasets", "engine"}


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_functional_and_layers_import_torch_only(path: Path) -> None:
    room = room_of(module_name(path))
    if room not in ("functional", "models.layers"):
        return
    roots = {name.split(".")[0] for name in imports_of(path)}
    allowed = {"torch", "solider_mm", *sys.stdlib_module_names}
    if room == "models.layers":
        allowed.add("torchvision")  # stochastic depth, of torch's own family
    assert roots <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_hosts_are_imported_only_downstream(path: Path) -> None:
    module = module_name(path)
    roots = {name.split(".")[0] for name in imports_of(path)}
    room = room_of(module)
    if room != "downstream":
        assert not roots & HOSTS
    if "mmpretrain" in roots:
        assert room in MAY_IMPORT_MMPRETRAIN


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_tasks_do_not_know_each_other(path: Path) -> None:
    module = module_name(path)
    if not module.startswith("downstream."):
        return
    task = module.split(".")[1]
    others = {
        name.split(".")[2]
        for name in imports_of(path)
        if name.startswith("solider_mm.downstream.") and name.count(".") > 1
    }
    assert others <= {task}


def test_nothing_imports_tools_or_tests() -> None:
    for path in SOURCES:
        roots = {name.split(".")[0] for name in imports_of(path)}
        assert not roots & {"tools", "tests"}, by_name(path)


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_modules_are_short_and_named(path: Path) -> None:
    assert "utils" not in path.with_suffix("").relative_to(PACKAGE).parts
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, f"{lines} lines, at most {MAX_LINES}"


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_library_neither_asserts_nor_prints(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{by_name(path)}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), f"{where} asserts"
        is_print = (
            isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        )
        assert not is_print, f"{where} prints"
        is_bare = isinstance(node, ast.ExceptHandler) and node.type is None
        assert not is_bare, f"{where} catches everything"
