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
            ValueError: If its `_base_` or the new value is no literal.
        """
        path = path.resolve()
        if path.suffix != ".py":
            return path
        source = _replace_file_placeholders(path).encode()
        edits: list[tuple[ast.expr, object]] = []
        for node in ast.parse(source).body:
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            target = node.targets[0]
            if not isinstance(target, ast.Name):
                continue
            if target.id == "_base_":
                edits.append((node.value, self._bases(path, node.value)))
            elif target.id == self.name:
                edits.append((node.value, self.value))
                self.replaced = True
        for node_value, new in reversed(edits):
            source = _replace(source, node_value, repr(new))
        self._count += 1
        copy = self.folder / f"{path.stem}_{self._count}.py"
        copy.write_bytes(source)
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


def _replace(source: bytes, node: ast.expr, text: str) -> bytes:
    """Replace an expression; ast gives its offsets in UTF-8 bytes."""
    ast.literal_eval(text)
    lines = source.splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end_line = node.end_lineno or node.lineno
    end = sum(map(len, lines[: end_line - 1])) + (node.end_col_offset or 0)
    return source[:start] + b"(" + text.encode() + b")" + source[end:]
