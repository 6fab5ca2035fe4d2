"""Encoded images in an LMDB: one file instead of millions."""

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from solider_mm.fileio.atomic import atomic_folder

__all__ = ["LmdbImages", "write_lmdb"]

_MAX_KEY = 511  # bytes; a limit compiled into LMDB
_COMMIT_EVERY = 1000  # images per transaction: what an interrupted run loses at most


def _import_lmdb() -> Any:
    try:
        import lmdb  # noqa: PLC0415  (optional: folders need no LMDB)
    except ImportError as error:
        raise ImportError(
            "reading or writing an LMDB needs the package lmdb, which is not "
            "installed: run `pip install lmdb`"
        ) from error
    return lmdb


class LmdbImages:
    """Read encoded images by key, from any number of worker processes.

    Args:
        path: Folder of the LMDB (with ``data.mdb``), or a single-file LMDB.

    Raises:
        FileNotFoundError: Nothing is there.
        ValueError: What is there is no LMDB.
        ImportError: The package ``lmdb`` is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        _import_lmdb()
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(
                f"LMDB {str(path)!r} does not exist: expected a folder with data.mdb, "
                "for example one written by tools/dataset_converters/make_lmdb.py"
            )
        self._real_path = str(self.path.resolve())
        self._open()

    @property
    def data_file(self) -> Path:
        """The file that changes when images are added."""
        return self.path / "data.mdb" if self.path.is_dir() else self.path

    def keys(self) -> Iterator[bytes]:
        """Yield all keys in their order, without reading the images."""
        with self._open().begin() as transaction:
            yield from transaction.cursor().iternext(keys=True, values=False)

    def __len__(self) -> int:
        return int(self._open().stat()["entries"])

    def read(self, key: bytes) -> bytes:
        """Return an encoded image.

        Raises:
            KeyError: The key is not in the LMDB.
        """
        with self._open().begin() as transaction:
            value = transaction.get(key)
        if value is None:
            raise KeyError(os.fsdecode(key))
        return bytes(value)

    def _open(self) -> Any:
        try:
            return _environment(self._real_path)
        except _import_lmdb().Error as error:
            raise ValueError(
                f"{str(self.path)!r} is not an LMDB of images ({error}): expected a "
                "folder with data.mdb, for example from "
                "tools/dataset_converters/make_lmdb.py"
            ) from error


@cache
def _environment(path: str) -> Any:
    """Open an LMDB, once per process: LMDB refuses a second time."""
    return _import_lmdb().open(
        path,
        subdir=Path(path).is_dir(),
        readonly=True,
        create=False,
        lock=False,
        readahead=False,
        meminit=False,
    )


# An environment must not cross a fork: the worker could neither use nor open it. Closed
# by forgetting; parent and worker open it again with their next image.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_environment.cache_clear)


def write_lmdb(images: Iterable[tuple[bytes, Path]], path: str | Path) -> int:
    """Copy encoded images into a new LMDB; an interrupted run continues.

    The files are copied as they are, not decoded. Until the last image is in, the
    LMDB is called ``<path>.partial``; keys already there are passed over.

    Args:
        images: Keys and the files they stand for.
        path: Folder to make.

    Returns:
        The number of images in the LMDB.

    Raises:
        FileExistsError: `path` exists.
        ValueError: A key is longer than 511 bytes, or there is no image.
    """
    lmdb = _import_lmdb()
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
            raise ValueError(f"no image was given for the LMDB {str(path)!r}")
    return count


def _copy(images: Iterable[tuple[bytes, Path]], environment: Any) -> None:
    """Copy the files whose keys are not there yet."""
    batch: list[tuple[bytes, bytes]] = []
    for key, file in images:
        if not 0 < len(key) <= _MAX_KEY:
            raise ValueError(
                f"key {os.fsdecode(key)!r} has {len(key)} bytes, an LMDB takes 1 to "
                f"{_MAX_KEY}: shorten the folder names"
            )
        with environment.begin() as transaction:
            known = transaction.get(key) is not None
        if not known:
            batch.append((key, file.read_bytes()))
        if len(batch) == _COMMIT_EVERY:
            _commit(environment, batch)
            batch.clear()
    _commit(environment, batch)


def _commit(environment: Any, batch: list[tuple[bytes, bytes]]) -> None:
    """Write a batch in one transaction, doubling the space when it does not fit."""
    lmdb = _import_lmdb()
    while True:
        try:
            with environment.begin(write=True) as transaction:
                for key, value in batch:
                    transaction.put(key, value)
            return
        except lmdb.MapFullError:
            environment.set_mapsize(2 * environment.info()["map_size"])
