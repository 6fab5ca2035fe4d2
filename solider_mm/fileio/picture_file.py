"""Writing pictures so that a reader never meets half a file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PIL import Image

__all__ = ["write_atomically", "write_image"]


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a neighboring file, then give it its name.

    Args:
        path: the file to appear; missing folders are made.
        write: called with the temporary path, which has the same suffix.

    Returns:
        The final path.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def write_image(image: NDArray[Any], path: str | Path) -> Path:
    """Write an RGB picture in the format of the file's suffix.

    Args:
        image: (H, W, 3) uint8, RGB.
        path: for example ``panel.png``.

    Returns:
        The path written.
    """
    return write_atomically(path, Image.fromarray(image).save)
