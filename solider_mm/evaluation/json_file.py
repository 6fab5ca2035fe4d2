"""Writing JSON so that a reader never meets half a file."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["write_json"]


def write_json(path: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Fill a neighbouring file, then give it its name.

    Args:
        path: JSON to write; missing folders are made.
        content: plain values; NaN is refused, since no JSON holds it.

    Raises:
        ValueError: If a number is not finite.
        TypeError: If a value is none that JSON knows.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
