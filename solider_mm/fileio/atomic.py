"""Files and folders that appear under their name only once they are complete."""

import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["atomic_file", "atomic_folder", "atomic_path", "temporary_files"]

_TEMPORARY = re.compile(r"\..*\.[0-9a-f]{8}\.tmp(\.[^.]*)?")


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` at the end.

    If the block raises, the temporary file is removed and `path` stays as it was. Only
    a killed process leaves its temporary file, see `temporary_files`.

    Args:
        path: File to create or replace. Missing folders are created.

    Yields:
        Path in the same folder, hidden, with the same suffix.

    Raises:
        IsADirectoryError: If `path` is a folder.
        OSError: If the folder or the file cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{str(path)!r} is a folder: expected the name of a file; add a file name."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_temporary_name(path))
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a temporary file for writing, and rename it to `path` at the end.

    Args:
        path: File to create or replace, see `atomic_path`.

    Yields:
        Binary stream of the temporary file.

    Raises:
        OSError: If the file cannot be written.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        yield stream


@contextmanager
def atomic_folder(path: str | Path, *, resumable: bool = False) -> Iterator[Path]:
    """Yield a temporary folder to fill, and rename it to `path` at the end.

    Args:
        path: Folder to create. Missing parents are created.
        resumable: Whether an interrupted run leaves its folder as `<path>.partial`
            for the next run to continue. Otherwise it is removed.

    Yields:
        Folder beside `path`.

    Raises:
        FileExistsError: If `path` exists and is not an empty folder.
        OSError: If the folder cannot be written.
    """
    path = Path(path)
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FileExistsError(
            f"{str(path)!r} exists: expected a new or an empty folder; choose another "
            "name or remove it first."
        )
    name = f"{path.name}.partial" if resumable else _temporary_name(path)
    folder = path.with_name(name)
    folder.mkdir(parents=True, exist_ok=resumable)
    try:
        yield folder
        if path.exists():
            path.rmdir()
        folder.replace(path)
    except BaseException:
        if not resumable:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def temporary_files(folder: Path) -> list[Path]:
    """List the temporary files in a folder, left behind or being written now.

    Args:
        folder: Folder of files written by `atomic_path`.

    Returns:
        Paths, sorted by name.
    """
    return sorted(path for path in folder.iterdir() if _TEMPORARY.fullmatch(path.name))


def _temporary_name(path: Path) -> str:
    return f".{path.stem}.{uuid.uuid4().hex[:8]}.tmp{path.suffix}"
