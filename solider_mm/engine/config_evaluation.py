"""Evaluate a config's files again, with other values of top-level variables."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config

__all__ = ["evaluate_again"]


def evaluate_again(cfg: Config, values: Mapping[str, object]) -> Config | None:
    """Evaluate a config's files with other values of some variables.

    Args:
        cfg: Config that was read from a file.
        values: New values, of built-in types, of top-level variables by name.

    Returns:
        The config; None if its files assign a variable in no way that can be replaced.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = _Rewriter(values, Path(folder))
        try:
            ast.literal_eval(repr(dict(values)))  # only built-in types can be written
            copy = files.rewrite(Path(cfg.filename))
        except (SyntaxError, ValueError):
            return None
        if files.replaced != values.keys():
            return None
        changed = Config.fromfile(copy)
    return Config(
        changed.to_dict(),
        cfg_text=cfg.text,
        filename=cfg.filename,
        env_variables=changed.env_variables,
    )


class _Rewriter:
    """Copies a config and its bases, with the values of some variables replaced.

    Args:
        values: New values, of built-in types, by name.
        folder: Folder for the copies.
    """

    def __init__(self, values: Mapping[str, object], folder: Path) -> None:
        self.values = values
        self.folder = folder
        self.replaced: set[str] = set()
        self._count = 0

    def rewrite(self, path: Path) -> Path:
        """Write the copy of one file and of its bases.

        Args:
            path: Config file.

        Returns:
            Path of the copy; the argument if it is no Python file.

        Raises:
            SyntaxError: If the file is no plain Python.
            ValueError: If its `_base_` is no literal.
        """
        path = path.resolve()
        if path.suffix != ".py":
            return path
        source = _replace_file_placeholders(path)
        lines = source.splitlines()
        for node in reversed(ast.parse(source).body):
            if _assigns(node, "_base_") and isinstance(node, ast.Assign):
                bases = self._bases(path, node.value)
                lines.insert(node.end_lineno or 0, f"_base_ = {bases!r}")
                del lines[node.lineno - 1 : node.end_lineno]
                continue
            for name, value in self.values.items():
                if _assigns(node, name):
                    lines.insert(node.end_lineno or 0, f"{name} = {value!r}")
                    self.replaced.add(name)
        self._count += 1
        copy = self.folder / f"{path.stem}_{self._count}.py"
        copy.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return copy

    def _bases(self, path: Path, node: ast.expr) -> list[str]:
        bases = ast.literal_eval(node)
        return [
            base if "::" in base else str(self.rewrite(path.parent / base))
            for base in ([bases] if isinstance(bases, str) else bases)
        ]


def _replace_file_placeholders(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    for name, value in {
        "fileDirname": str(path.parent),
        "fileBasename": path.name,
        "fileBasenameNoExtension": path.stem,
        "fileExtname": path.suffix,
    }.items():
        text = text.replace(f"{{{{ {name} }}}}", value)
    return text


def _assigns(node: ast.stmt, name: str) -> bool:
    """Return whether a top-level statement assigns a name, alone or in a tuple."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return False
    return any(
        isinstance(part, ast.Name)
        and part.id == name
        and isinstance(part.ctx, ast.Store)
        for part in ast.walk(node)
    )
