"""The folder of files that can be computed or fetched again."""

import os
from pathlib import Path

__all__ = ["cache_dir"]


def cache_dir(name: str) -> Path:
    """Return a subfolder of the cache; it may not exist yet.

    The cache is `SOLIDER_MM_CACHE`, or `solider_mm` below `XDG_CACHE_HOME`, or
    `~/.cache/solider_mm`.

    Args:
        name: Name of the subfolder, for example `index`.

    Returns:
        Path of the subfolder.

    Raises:
        RuntimeError: If none of these is set and the user has no home folder.
    """
    cache = os.environ.get("SOLIDER_MM_CACHE")
    if not cache:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        cache = os.path.join(home, "solider_mm")
    try:
        return Path(cache).expanduser() / name
    except RuntimeError as error:
        raise RuntimeError(
            f"cache folder {cache!r} cannot be resolved: expected a home folder for "
            "this user; set SOLIDER_MM_CACHE to a writable folder."
        ) from error
