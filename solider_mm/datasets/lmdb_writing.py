"""Writing encoded images to an LMDB."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from solider_mm.datasets.lmdb_images import import_lmdb
from solider_mm.fileio.atomic import atomic_folder
from solider_mm.fileio.regular_file import read_regular_file

__all__ = ["write_lmdb"]

_MAX_KEY = 511  # bytes; a limit compiled into LMDB
_COMMIT_EVERY = 1000  # images per transaction, the most an interrupted run loses


def write_lmdb(images: Iterable[tuple[bytes, Path]], path: str | Path) -> int:
    """Copy encoded images into a new LMDB.

    The files are copied without decoding. Until the last image is written, the LMDB is
    named `<path>.partial`. A later run continues an interrupted one and skips the keys
    already written.

    Args:
        images: Keys and files of the images.
        path: Folder to create.

    Returns:
        Number of images in the LMDB.

    Raises:
        FileExistsError: If `path` exists.
        ValueError: If a key is longer than 511 bytes, or there is no image.
    """
    lmdb = import_lmdb()
    path = Path(path)
    with atomic_folder(path, resumable=True) as partial:
        environment = lmdb.open(str(partial), map_size=1 << 30, metasync=False)
        try:
            _copy(images, environment)
            count = int(environment.stat()["entries"])
            environment.sync(True)
        finally:
            environment.close()
        if count == 0:
            raise ValueError(
                f"no image was given for the LMDB {str(path)!r}: expected at least "
                "one; check the source of the images."
            )
    return count


def _copy(images: Iterable[tuple[bytes, Path]], environment: Any) -> None:
    """Copy the files whose keys are not written yet."""
    batch: list[tuple[bytes, bytes]] = []
    for key, file in images:
        if not 0 < len(key) <= _MAX_KEY:
            raise ValueError(
                f"key {os.fsdecode(key)!r} has {len(key)} bytes: expected 1 to "
                f"{_MAX_KEY}; shorten the folder names."
            )
        with environment.begin() as transaction:
            known = transaction.get(key) is not None
        if not known:
            batch.append((key, read_regular_file(file)))
        if len(batch) == _COMMIT_EVERY:
            _commit(environment, batch)
            batch.clear()
    _commit(environment, batch)


def _commit(environment: Any, batch: list[tuple[bytes, bytes]]) -> None:
    """Write a batch in one transaction, doubling the map size if it does not fit."""
    lmdb = import_lmdb()
    while True:
        try:
            with environment.begin(write=True) as transaction:
                for key, value in batch:
                    transaction.put(key, value)
            return
        except lmdb.MapFullError:
            environment.set_mapsize(2 * environment.info()["map_size"])
