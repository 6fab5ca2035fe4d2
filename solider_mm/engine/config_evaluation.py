"""Evaluate a config's files again, with another value of a top-level variable."""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path

from mmengine.config import Config

__all__ = ["evaluate_again"]


def evaluate_again(cfg: Config, name: str, value: object) -> Config | None:
    """Evaluate a config's files with another value of one variable.

    Args:
        cfg: Config that was read from a file.
        name: Name of a top-level variable.
        value: New value, of built-in types.

    Returns:
        The config; None if its files assign the variable in no way that can be
        replaced.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = _Rewriter(name, value, Path(folder))
        try:
            ast.literal_eval(repr(value))  # only built-in types can be written
            copy = files.rewrite(Path(cfg.filename))
        except (SyntaxError, ValueError):
            return None
        if not files.replaced:
            return None
        changed = Config.fromfile(copy)
    return Config(
        changed.to_dict(),
        cfg_text=cfg.text,
        filename=cfg.filename,
        env_variables=changed.env_variables,
    )


class _Rewriter:
    """Copies a config and its bases, with the value of one variable replaced.

    Args:
        name: Name of the variable.
        value: New value, of built-in types.
        folder: Folder for the copies.
    """

    def __init__(self, name: str, value: object, folder: Path) -> None:
        self.name = name
        self.value = value
        self.folder = folder
        self.replaced = False
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
            elif _assigns(node, self.name):
                lines.insert(node.end_lineno or 0, f"{self.name} = {self.value!r}")
                self.replaced = True
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
