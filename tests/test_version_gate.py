"""The version gate: one sentence with package, found version, range and remedy."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from solider_mm import version_gate
from solider_mm.version_gate import (
    CORE,
    HOSTS,
    Requirement,
    check_core,
    check_requirement,
    is_accepted,
    release_of,
    require_host,
)

MMCV = next(r for r in CORE if r.module == "mmcv")


def pretend(monkeypatch, versions: dict[str, str]) -> None:
    """Make the metadata say that exactly these distributions are installed."""

    def version(distribution: str) -> str:
        if distribution not in versions:
            raise importlib.metadata.PackageNotFoundError(distribution)
        return versions[distribution]

    monkeypatch.setattr(importlib.metadata, "version", version)


def pretend_absent(monkeypatch, *modules: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name in modules else find(name, package),
    )


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("2.11.0", (2, 11, 0)),
        ("2.1.2+cpu", (2, 1, 2)),
        ("0.10.8rc1", (0, 10, 8)),
        ("unknown", ()),
    ],
)
def test_release_of(version: str, numbers: tuple[int, ...]) -> None:
    assert release_of(version) == numbers


@pytest.mark.parametrize(
    ("module", "version", "accepted"),
    [
        ("torch", "2.0.1", False),
        ("torch", "2.1.2", True),  # the classic stack
        ("torch", "2.11.0+cu130", True),  # the modern stack
        ("torch", "3.0.0", False),
        ("mmengine", "0.9.1", False),
        ("mmengine", "0.10.7", True),
        ("mmengine", "0.10.12", True),
        ("mmcv", "2.0.1", False),
        ("mmcv", "2.1.0", True),
        ("mmcv", "2.3.6", True),
        ("mmcv", "2.4.0", False),
        ("mmpretrain", "1.1.1", False),
        ("mmpretrain", "1.2.0", True),
        ("mmpretrain", "1.3.6", True),
        ("mmpretrain", "unknown", False),
    ],
)
def test_ranges_hold_both_stacks(module: str, version: str, accepted: bool) -> None:
    requirement = next(r for r in CORE if r.module == module)
    assert is_accepted(version, requirement) is accepted


def test_what_is_installed_here_is_accepted() -> None:
    check_core()


def test_old_version_says_range_and_command(monkeypatch) -> None:
    pretend(monkeypatch, {"mmcv": "1.7.2"})
    expected = (
        r"needs mmcv >=2\.1\.0,<2\.4\.0, but mmcv 1\.7\.2 is installed: "
        r'run `pip install "mmcv>=2\.1\.0,<2\.4\.0"`\.'
    )
    with pytest.raises(ImportError, match=expected):
        check_requirement(MMCV)


def test_missing_package_says_command(monkeypatch) -> None:
    pretend(monkeypatch, {})
    pretend_absent(monkeypatch, "mmcv")
    with pytest.raises(ImportError, match=r'is not installed: run `pip .*"onedl-mmcv>'):
        check_requirement(MMCV)


def test_remedy_follows_the_stack_at_hand(monkeypatch) -> None:
    pretend(monkeypatch, {"mmengine": "0.10.7"})
    pretend_absent(monkeypatch, "mmcv")
    with pytest.raises(ImportError, match='pip install "mmcv>='):
        check_requirement(MMCV)


def test_package_without_metadata_is_asked(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "bare_package.py").write_text('__version__ = "1.5"\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    requirement = Requirement("bare_package", ("no-such-distribution",), "1", "2")
    check_requirement(requirement)
    with pytest.raises(ImportError, match=r"bare_package 1\.5 is installed"):
        check_requirement(replace(requirement, minimum="1.6"))


def test_unknown_host_name() -> None:
    with pytest.raises(ValueError, match="host is 'mmrotate', expected one of mmdet"):
        require_host("mmrotate")


@pytest.mark.parametrize("host", HOSTS)
def test_missing_host_names_the_command(monkeypatch, host: str) -> None:
    pretend_absent(monkeypatch, host)
    with pytest.raises(ImportError, match=f"needs {host} .*set_up.sh --tier full"):
        require_host(host)


def test_host_without_compiled_ops(monkeypatch) -> None:
    monkeypatch.setattr(version_gate, "check_requirement", lambda *_, **__: None)
    pretend_absent(monkeypatch, "mmcv._ext")
    with pytest.raises(ImportError, match="mmdet needs mmcv with compiled ops"):
        require_host("mmdet")


def test_import_fails_with_one_sentence() -> None:
    """The gate stands at the door: `import solider_mm` itself raises."""
    code = (
        "import importlib.metadata as m\n"
        "real = m.version\n"
        "m.version = lambda name: '1.13.1' if name == 'torch' else real(name)\n"
        "import solider_mm\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "ImportError: solider_mm needs torch >=2.1,<3, but torch 1.13.1 is installed: "
        'run `pip install "torch>=2.1,<3"`.'
    )
