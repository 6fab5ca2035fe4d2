"""Files behind URLs, fetched whole into a bounded folder of this machine."""

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock
from mmengine import fileio

from solider_mm.fileio.atomic import atomic_file, temporary_files
from solider_mm.fileio.cache_dir import cache_dir

__all__ = ["ShardCache"]

_ABSENT = (403, 404, 410)  # HTTP; a store that may not be listed answers 403
_WAITS = (1.0, 4.0)  # seconds before the second and the third attempt
_SILENCE = 60.0  # seconds without a byte after which a connection is given up
_PAUSE = 60.0  # seconds in which a file that could not be fetched is not tried again


class ShardCache:
    """Fetch files once per machine, and remove those opened least recently.

    mmengine.fileio does the fetching: it knows http, https, s3 and petrel, and what
    ``mmengine.fileio.register_backend`` adds. What lies behind a URL is taken to stay
    as it is; a file of another size than expected is fetched again.

    Args:
        folder: Folder of the fetched files; by default ``shards`` below
            ``SOLIDER_MM_CACHE`` or the user's cache folder.
        max_bytes: What the files may take on the disk together. Processes that have a
            removed file open keep its space until they close it.
    """

    def __init__(
        self, folder: str | Path | None = None, max_bytes: int = 64 << 30
    ) -> None:
        self.folder = (
            Path(folder).expanduser().absolute() if folder else cache_dir("shards")
        )
        self.max_bytes = max_bytes
        self._failed: dict[str, tuple[float, type[OSError], str]] = {}

    def fetch(
        self, url: str, num_bytes: int | None = None, *, refresh: bool = False
    ) -> Path:
        """Return the local file of a URL, fetching it where it is missing.

        Another process may remove it at any time: open it at once.

        Args:
            url: What to fetch.
            num_bytes: Expected size; ``None`` takes any.
            refresh: Fetch it even if it is here.

        Raises:
            FileNotFoundError: The server has no such file.
            ConnectionError: It cannot be fetched, or has another size.
            OSError: It cannot be written.
            ValueError: It is larger than the whole cache, or no backend knows its kind.
        """
        digest = hashlib.sha256(url.encode()).hexdigest()[:16]
        file = self.folder / f"{digest}-{url.rpartition('/')[2]}.fetched"
        if not refresh and _touch(file, num_bytes):
            return file
        then, kind, reason = self._failed.get(url, (-_PAUSE, OSError, ""))
        if time.monotonic() - then < _PAUSE:
            raise kind(reason)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(file.with_name(file.name + ".lock")):
                # Whoever held the lock before may have fetched it.
                if refresh or not _touch(file, num_bytes):
                    self._keep(file, _download(url, num_bytes))
        except OSError as error:
            self._failed[url] = (time.monotonic(), type(error), str(error))
            raise
        return file

    def _keep(self, file: Path, data: bytes) -> None:
        """Write a fetched file, after making room for it."""
        if len(data) > self.max_bytes:
            raise ValueError(
                f"{file.name!r} has {len(data)} bytes, more than the {self.max_bytes} "
                "that the cache of shards may hold: raise shard_cache_bytes"
            )
        with FileLock(self.folder / "room.lock"):
            self._make_room(len(data))
            with atomic_file(file) as stream:
                stream.write(data)

    def _make_room(self, needed: int) -> None:
        # Only files named by us: the folder may hold others. What a killed process
        # left half written is among them, and goes when its turn comes.
        kept = []
        for file in (*self.folder.glob("*.fetched"), *temporary_files(self.folder)):
            status = file.stat()
            kept.append((status.st_mtime_ns, status.st_size, file))
        used = sum(size for _, size, _ in kept)
        for _, size, file in sorted(kept):
            if used + needed <= self.max_bytes:
                return
            file.unlink(missing_ok=True)
            used -= size


def _touch(file: Path, num_bytes: int | None) -> bool:
    """Mark a file as used; tell whether it is there, with the right size."""
    try:
        if num_bytes not in (None, file.stat().st_size):
            return False
        with suppress(PermissionError):  # fetched by another user
            os.utime(file)
    except FileNotFoundError:
        return False
    return True


def _download(url: str, num_bytes: int | None) -> bytes:
    """Return what lies behind a URL, in three attempts."""
    try:
        backend = fileio.get_file_backend(url)
    except KeyError as error:
        raise ValueError(
            f"{url!r} is of no kind that mmengine.fileio knows: expected http, https, "
            "s3 or petrel; for others see mmengine.fileio.register_backend"
        ) from error
    data = _in_three_attempts(backend, url)
    if num_bytes not in (None, len(data)):
        raise ConnectionError(
            f"{url} has {len(data)} bytes, its index says {num_bytes}: if the shards "
            "were written anew, set refresh_index=True once"
        )
    return data


def _in_three_attempts(backend: fileio.BaseStorageBackend, url: str) -> bytes:
    for wait in _WAITS:
        try:
            return _get(backend, url)
        except ConnectionError:
            time.sleep(wait)
    return _get(backend, url)


def _get(backend: fileio.BaseStorageBackend, url: str) -> bytes:
    try:
        with _impatient():
            return bytes(backend.get(url))
    # Every backend has errors of its own.
    except Exception as error:
        if getattr(error, "code", None) in _ABSENT:
            raise FileNotFoundError(f"{url} is not there: {error}") from error
        raise ConnectionError(f"{url} cannot be fetched: {error!r}") from error


@contextmanager
def _impatient() -> Iterator[None]:
    """Let a silent connection fail: mmengine's HTTP backend would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
