"""JSON files."""

import json
import os
from pathlib import Path
from typing import Any

from solider_mm.fileio.atomic import atomic_path

__all__ = ["write_json"]


def write_json(
    path: str | os.PathLike[str], content: Any, *, indent: int | None = None
) -> None:
    """Write a JSON file atomically, as UTF-8.

    Args:
        path: File to create or replace. Missing folders are created.
        content: Plain values. NaN and infinity are refused, since JSON has neither.
        indent: Spaces per level. `None` writes a single line.

    Raises:
        ValueError: If a number is not finite.
        TypeError: If a value has no JSON form.
        OSError: If the file cannot be written.
    """
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, indent=indent)
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8")
