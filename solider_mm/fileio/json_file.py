"""Writing JSON so that a reader never meets half a file."""

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["write_json"]


def write_json(
    path: str | os.PathLike[str], content: Any, *, indent: int | None = None
) -> None:
    """Fill a neighboring file, then give it its name.

    Args:
        path: JSON to write; missing folders are made.
        content: plain values; NaN is refused, since no JSON holds it.
        indent: spaces by which levels are set in; None writes one line.

    Raises:
        ValueError: If a number is not finite.
        TypeError: If a value is none that JSON knows.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        text = json.dumps(content, allow_nan=False, ensure_ascii=False, indent=indent)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
