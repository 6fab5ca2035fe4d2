"""Check the versions of required packages, once at import.

OpenMMLab's packages exist under two distribution names (the last releases and the
maintained forks), so this package's metadata cannot require them. This module checks
the importable packages instead, and names the remedy. It reads the distributions'
metadata and imports none of them, so that `import solider_mm` stays fast.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Requirement:
    """A required package and its accepted versions.

    Attributes:
        module: Name for importing.
        distributions: Names for installing, the maintained fork first.
        minimum: Lowest accepted version.
        below: First version above the accepted ones.
    """

    module: str
    distributions: tuple[str, ...]
    minimum: str
    below: str

    @property
    def accepted(self) -> str:
        """Accepted range in pip's notation."""
        return f">={self.minimum},<{self.below}"


CORE = (
    Requirement("torch", ("torch",), "2.1", "3"),
    Requirement("mmengine", ("onedl-mmengine", "mmengine"), "0.10.0", "0.11"),
    Requirement("mmcv", ("onedl-mmcv", "mmcv", "mmcv-lite"), "2.1.0", "2.4.0"),
    Requirement("mmpretrain", ("onedl-mmpretrain", "mmpretrain"), "1.2.0", "1.4"),
)
HOSTS = {
    requirement.module: requirement
    for requirement in (
        Requirement("mmdet", ("onedl-mmdetection", "mmdet"), "3.3.0", "4"),
        Requirement("mmseg", ("onedl-mmsegmentation", "mmsegmentation"), "1.2.2", "2"),
        Requirement("mmpose", ("mmpose",), "1.3.0", "2"),
    )
}
_FULL_SET_UP = "run `tools/set_up.sh --tier full` in a clone of solider_mm"


def release_of(version: str) -> tuple[int, ...]:
    """Parse the numbers of a version: `2.1.0rc1+cpu` gives (2, 1, 0)."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, numbers.group().split("."))) if numbers else ()


def is_accepted(version: str, requirement: Requirement) -> bool:
    """Return whether a version is in the accepted range."""
    width = 4
    low, found, high = (
        (*release_of(text), *(0,) * width)[:width]
        for text in (requirement.minimum, version, requirement.below)
    )
    return low <= found < high


def installed_version(requirement: Requirement) -> str | None:
    """Find the installed version without importing the package.

    Returns:
        The version, or None if the package is not installed. A package without
        metadata (a source tree on the path) is imported to read its version.
    """
    if importlib.util.find_spec(requirement.module) is None:
        return None
    for distribution in requirement.distributions:
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    module = importlib.import_module(requirement.module)
    return str(getattr(module, "__version__", "unknown"))


def check_requirement(requirement: Requirement, remedy: str | None = None) -> None:
    """Check one package.

    Args:
        requirement: Package and accepted range.
        remedy: Remedy for the error message; None gives the pip command.

    Raises:
        ImportError: If the package is missing, or its version is out of range.
    """
    found = installed_version(requirement)
    if found is not None and is_accepted(found, requirement):
        return
    state = "is not installed" if found is None else f"{found} is installed"
    if remedy is None:
        name = _preferred_distribution(requirement)
        remedy = f'run `pip install "{name}{requirement.accepted}"`'
    raise ImportError(
        f"solider_mm needs {requirement.module} {requirement.accepted}, but "
        f"{requirement.module} {state}: {remedy}."
    )


def check_core() -> None:
    """Check the packages that all modules need.

    Raises:
        ImportError: If one of them is missing or out of range.
    """
    for requirement in CORE:
        check_requirement(requirement)


def require_host(name: str) -> None:
    """Check an optional host before it is imported.

    Args:
        name: 'mmdet', 'mmseg' or 'mmpose'.

    Raises:
        ValueError: If the name is none of these.
        ImportError: If the host is missing or out of range, or mmcv lacks the compiled
            ops that all three hosts import.
    """
    if name not in HOSTS:
        raise ValueError(
            f"host is {name!r}, expected one of {', '.join(HOSTS)}: correct the name."
        )
    check_requirement(HOSTS[name], remedy=_FULL_SET_UP)
    if importlib.util.find_spec("mmcv._ext") is None:
        raise ImportError(
            f"{name} needs mmcv with compiled ops, but the installed mmcv has none: "
            f"{_FULL_SET_UP}, which builds them once."
        )


def _preferred_distribution(requirement: Requirement) -> str:
    """Return the name for the installed stack; the maintained fork by default."""
    for distribution in requirement.distributions:
        if _is_distributed(distribution):
            return distribution
    classic = _is_distributed("mmengine") and len(requirement.distributions) > 1
    return requirement.distributions[1 if classic else 0]


def _is_distributed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
