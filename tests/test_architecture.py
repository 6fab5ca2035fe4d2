"""Import rules, module names and module sizes, read from the sources."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "solider_mm"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 400
P90_LINES = 200
HOSTS = {"mmdet", "mmseg", "mmpose"}

# The longest matching prefix wins. A package may always import from itself, except that
# the subpackages of `models` and the tasks of `downstream` do not import each other.
PACKAGES = (
    "fileio",
    "functional",
    "synthetic",
    "tasks",
    "supervision",
    "device_option",
    "registry",
    "version_gate",
    "user_errors",
    "command_line",
    "model_index",
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
    "model_hub",
    "export",
    "timm_models",
    "apis",
    "commands",
    "__main__",
    "page",
)
TOP = {"downstream", "apis", "commands", "__main__", "page"}
CORE = {package for package in PACKAGES if package not in TOP}
MAY_IMPORT: dict[str, set[str]] = {
    "fileio": set(),
    "synthetic": {"fileio"},
    "functional": set(),
    "tasks": set(),
    "supervision": set(),
    "device_option": set(),
    "registry": {"tasks"},
    "version_gate": set(),
    "user_errors": {"supervision"},
    "command_line": {"user_errors", "device_option"},  # nothing imports it
    "model_index": set(),
    "models.layers": {"functional"},
    # A backbone loads its weights through `init_cfg`, hence `checkpoints`.
    "models.backbones": {
        "registry",
        "functional",
        "models.layers",
        "checkpoints",
        "model_index",
    },
    "models.necks": {"registry", "functional"},
    "models.heads": {"registry", "functional"},
    "models.target_generators": {"registry", "functional"},
    "models.data_preprocessors": {"registry", "functional"},
    "models.selfsup": {"registry", "functional"},
    "datasets": {"registry", "fileio", "functional"},
    # Launching names the host that a config needs, hence `version_gate`.
    "engine": {
        "registry",
        "fileio",
        "functional",
        "version_gate",
        "tasks",
        "checkpoints",
        "user_errors",
    },
    "evaluation": {"registry", "fileio", "functional"},
    "checkpoints": {"registry", "fileio", "model_index"},
    "inference": {
        "registry",
        "fileio",
        "functional",
        "checkpoints",
        "model_index",
        "evaluation",
        "visualization",
    },
    "visualization": {"registry", "fileio", "functional", "checkpoints"},
    "export": {
        "registry",
        "version_gate",
        "fileio",
        "functional",
        "checkpoints",
        "inference",
        "models.backbones",
    },
    "timm_models": {"functional", "checkpoints", "models.backbones"},
    "downstream": CORE,
    # Imported by the top-level `models`, which registers names as well as classes.
    "model_hub": {"checkpoints", "model_index"},
    "apis": {*CORE, "downstream"},
    "commands": {*CORE, "apis"},
    "__main__": {*CORE, "commands"},
    "page": CORE,
}
MAY_IMPORT_MMPRETRAIN = {"models.selfsup", "datasets", "downstream", "model_hub"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def package_of(module: str) -> str | None:
    for package in sorted(PACKAGES, key=len, reverse=True):
        if module == package or module.startswith(package + "."):
            return package
    return None  # the top-level __init__ files: solider_mm, models


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


def packages_imported(path: Path) -> set[str]:
    own = (n.removeprefix("solider_mm.") for n in imports_of(path) if is_ours(n))
    return {package for package in map(package_of, own) if package is not None}


def is_ours(name: str) -> bool:
    return name == "solider_mm" or name.startswith("solider_mm.")


def edges() -> set[tuple[str, str]]:
    found = set()
    for path in SOURCES:
        package = package_of(module_name(path))
        if package is not None:
            found.update((package, other) for other in packages_imported(path))
    return {(package, other) for package, other in found if package != other}


def count_lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_package_has_a_rule() -> None:
    assert set(MAY_IMPORT) == set(PACKAGES)
    for path in SOURCES:
        module = module_name(path)
        is_top = path.name == "__init__.py" and module in ("", "models")
        assert is_top or package_of(module), f"{by_name(path)} is in no package"


def test_packages_import_only_what_they_may() -> None:
    forbidden = {(a, b) for a, b in edges() if b not in MAY_IMPORT[a]}
    assert not forbidden


def test_no_two_packages_import_each_other() -> None:
    found = edges()
    assert not {(a, b) for a, b in found if (b, a) in found}


def test_the_rules_themselves_are_one_way() -> None:
    assert not [
        (a, b)
        for a, allowed in MAY_IMPORT.items()
        for b in allowed
        if a in MAY_IMPORT[b]
    ]


def test_forbidden_import_is_detected(tmp_path, monkeypatch) -> None:
    """Relative, absolute and nested imports are all read."""
    package = tmp_path / "solider_mm"
    (package / "models" / "heads").mkdir(parents=True)
    source = package / "models" / "heads" / "a.py"
    source.write_text(
        "from ..necks import x\n"
        "def f():\n    import solider_mm.datasets.y\n"
        "    from solider_mm import engine\n"
    )
    monkeypatch.setitem(globals(), "PACKAGE", package)
    assert packages_imported(source) == {"models.necks", "datasets", "engine"}


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_functional_and_layers_import_torch_only(path: Path) -> None:
    package = package_of(module_name(path))
    if package not in ("functional", "models.layers"):
        return
    roots = {name.split(".")[0] for name in imports_of(path)}
    allowed = {"torch", "solider_mm", *sys.stdlib_module_names}
    if package == "models.layers":
        allowed.add("torchvision")  # stochastic depth, of torch's own family
    assert roots <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_hosts_are_imported_only_downstream(path: Path) -> None:
    module = module_name(path)
    roots = {name.split(".")[0] for name in imports_of(path)}
    package = package_of(module)
    if package != "downstream":
        assert not roots & HOSTS
    if "mmpretrain" in roots:
        assert package in MAY_IMPORT_MMPRETRAIN


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_tasks_do_not_import_each_other(path: Path) -> None:
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


def test_nothing_imports_tools_benchmarks_or_tests() -> None:
    for path in SOURCES:
        roots = {name.split(".")[0] for name in imports_of(path)}
        assert not roots & {"tools", "benchmarks", "tests"}, by_name(path)


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_modules_are_short_and_named(path: Path) -> None:
    assert "utils" not in path.with_suffix("").relative_to(PACKAGE).parts
    lines = count_lines(path)
    assert lines <= MAX_LINES, f"{lines} lines, at most {MAX_LINES}"


def test_nine_of_ten_modules_are_at_most_200_lines() -> None:
    lengths = sorted(count_lines(path) for path in SOURCES)
    assert lengths[len(lengths) * 9 // 10] <= P90_LINES


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
