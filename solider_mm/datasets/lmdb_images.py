"""Encoded images in an LMDB, one file instead of millions."""

import os
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["LmdbImages", "import_lmdb"]


# The two meta pages at the start of the file, each with a header of 16 bytes: magic,
# version, address, map size, page size, (rest of two databases), last page, number.
_META = struct.Struct("<IIQQI92xQQ")
_META_HEADER, _MAGIC = 16, 0xBEEFC0DE


def import_lmdb() -> Any:
    """Import the package `lmdb`.

    Returns:
        The module.

    Raises:
        ImportError: If it is not installed, with the remedy.
    """
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
        path: Folder of the LMDB (with `data.mdb`), or a single-file LMDB.

    Raises:
        FileNotFoundError: If the path does not exist.
        ValueError: If it is not an LMDB, is truncated, or contains pickles.
        ImportError: If the package `lmdb` is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        import_lmdb()
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(
                f"LMDB {str(path)!r} does not exist: expected a folder with data.mdb; "
                "write one with tools/dataset_converters/make_lmdb.py."
            )
        self._real_path = str(self.path.resolve())
        _check_size(self.data_file)
        self._open()
        self._check_values()

    @property
    def data_file(self) -> Path:
        """File that changes when images are added."""
        return self.path / "data.mdb" if self.path.is_dir() else self.path

    def keys(self) -> Iterator[bytes]:
        """Yield all keys in order, without reading the images."""
        with self._open().begin() as transaction:
            yield from transaction.cursor().iternext(keys=True, values=False)

    def __len__(self) -> int:
        return int(self._open().stat()["entries"])

    def read(self, key: bytes) -> bytes:
        """Return an encoded image.

        Args:
            key: Key of the image.

        Returns:
            Content of the image file.

        Raises:
            KeyError: If the key is not in the LMDB.
        """
        with self._open().begin() as transaction:
            value = transaction.get(key)
        if value is None:
            raise KeyError(os.fsdecode(key))
        return bytes(value)

    def _open(self) -> Any:
        try:
            return _environment(self._real_path)
        except import_lmdb().Error as error:
            raise ValueError(
                f"{str(self.path)!r} is not an LMDB of images ({error}): expected a "
                "folder with data.mdb; write one with "
                "tools/dataset_converters/make_lmdb.py."
            ) from error

    def _check_values(self) -> None:
        """Refuse an LMDB of pickles, the form of some other tools."""
        with self._open().begin() as transaction:
            for key, value in transaction.cursor():
                if value[:1] == b"\x80" and value[-1:] == b".":
                    raise ValueError(
                        f"{str(self.path)!r} contains pickles, the first is "
                        f"{os.fsdecode(key)!r}: expected encoded image files such as "
                        "JPEG; extract the images and write them with "
                        "tools/dataset_converters/make_lmdb.py."
                    )
                return


def _check_size(file: Path) -> None:
    """Refuse a truncated file: reading it would end the process with SIGBUS.

    Args:
        file: Path of `data.mdb`.

    Raises:
        ValueError: If the file is shorter than its header says.
    """
    if not file.is_file():
        return  # the library reports what is there instead
    with file.open("rb") as stream:
        start = stream.read(_META_HEADER + _META.size)
        if len(start) < _META_HEADER + _META.size:
            return
        first = _META.unpack_from(start, _META_HEADER)
        if first[0] != _MAGIC:
            return
        page_size = first[4]
        stream.seek(page_size + _META_HEADER)
        rest = stream.read(_META.size)
    metas = [first]
    if len(rest) == _META.size:
        metas.append(_META.unpack(rest))
    *_, last_page, _ = max(metas, key=lambda meta: meta[-1])
    size, expected = file.stat().st_size, (last_page + 1) * page_size
    if size < expected:
        raise ValueError(
            f"LMDB {str(file)!r} is truncated, it has {size} bytes: expected at least "
            f"{expected} according to its header; download or copy it again."
        )


@cache
def _environment(path: str) -> Any:
    """Open an LMDB once per process: LMDB refuses a second time."""
    return import_lmdb().open(
        path,
        subdir=Path(path).is_dir(),
        readonly=True,
        create=False,
        lock=False,
        readahead=False,
        meminit=False,
    )


# A forked process can neither use an environment of its parent nor open it again. So it
# is closed before the fork; both processes open it again with their next image.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_environment.cache_clear)
