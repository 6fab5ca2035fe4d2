"""The downstream tasks, found by what each package declares.

A task's package declares two constants in its `__init__.py`:

    HOST = "mmdet"  # the OpenMMLab package that it extends
    SEMANTIC_WEIGHT = 1.0  # the λ to start from

They are read from the source text. Importing a task would import its host, which may
not be installed.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Task", "find_tasks"]

_DOWNSTREAM = Path(__file__).with_name("downstream")
_CONSTANTS = ("HOST", "SEMANTIC_WEIGHT")


@dataclass(frozen=True)
class Task:
    """A downstream task.

    Attributes:
        name: Name of its package under `solider_mm.downstream`.
        host: OpenMMLab package that it extends, for example 'mmdet'.
        semantic_weight: λ of the paper, or the one to start from.
    """

    name: str
    host: str
    semantic_weight: float

    @property
    def module(self) -> str:
        """Importable name of the package."""
        return f"solider_mm.downstream.{self.name}"


@cache
def find_tasks(folder: Path = _DOWNSTREAM) -> tuple[Task, ...]:
    """Find all tasks, in alphabetical order.

    Args:
        folder: Folder that holds one package per task.

    Returns:
        The tasks.

    Raises:
        ValueError: If a package does not declare its host and λ.
    """
    return tuple(_read_task(path) for path in sorted(folder.glob("*/__init__.py")))


def _read_task(path: Path) -> Task:
    declared = {
        target.id: node.value.value
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in _CONSTANTS
    }
    host, weight = (declared.get(name) for name in _CONSTANTS)
    if not isinstance(host, str) or not isinstance(weight, int | float):
        raise ValueError(
            f"the task {path.parent.name!r} declares {declared}, expected HOST and "
            f'SEMANTIC_WEIGHT: add for example HOST = "mmdet" and '
            f"SEMANTIC_WEIGHT = 0.5 to {path}."
        )
    return Task(path.parent.name, host, float(weight))
