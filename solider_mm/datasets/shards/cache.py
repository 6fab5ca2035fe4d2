"""Local cache of files behind URLs, of bounded size."""

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock
from mmengine import fileio

from solider_mm.datasets.shards.object_store import ObjectStore, is_object_store
from solider_mm.fileio.atomic import atomic_file, temporary_files
from solider_mm.fileio.cache_dir import cache_dir
from solider_mm.fileio.socket_timeout import socket_timeout

__all__ = ["ShardCache"]

_ABSENT = (403, 404, 410)  # HTTP; stores without listing permission answer 403
_WAITS = (1.0, 4.0)  # seconds before the second and the third attempt
_SILENCE = 60.0  # seconds without data until a connection is closed
_PAUSE = 60.0  # seconds until a failed file is requested again


class ShardCache:
    """Fetch files once per machine, and remove the least recently opened ones.

    `s3://` and `gs://` are read by fsspec, other files by mmengine.fileio, which knows
    http, https and backends added by `mmengine.fileio.register_backend`. Files behind a
    URL are assumed to stay unchanged; a file of another size than expected is fetched
    again.

    Args:
        folder: Folder of the fetched files; by default `shards` in the cache folder,
            see `cache_dir`.
        max_bytes: Largest total size of the files. Processes that have a removed file
            open keep its disk space until they close it.
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
        """Return the local file of a URL, fetching it if it is not cached.

        Another process may remove the file at any time: open it immediately.

        Args:
            url: URL of the file.
            num_bytes: Expected size in bytes; `None` accepts any.
            refresh: Whether to fetch the file even if it is cached.

        Returns:
            Local file.

        Raises:
            FileNotFoundError: If the server has no such file.
            ConnectionError: If it cannot be fetched, or has another size.
            OSError: If it cannot be written.
            ValueError: If it is larger than the cache, or no backend knows its scheme.
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
                # The previous holder of the lock may have fetched it.
                if refresh or not _touch(file, num_bytes):
                    self._keep(file, _download(url, num_bytes))
        except OSError as error:
            self._failed[url] = (time.monotonic(), type(error), str(error))
            raise
        return file

    def _keep(self, file: Path, data: bytes) -> None:
        """Write a fetched file after freeing the space for it."""
        if len(data) > self.max_bytes:
            raise ValueError(
                f"{file.name!r} has {len(data)} bytes, more than the {self.max_bytes} "
                "of the whole shard cache; raise shard_cache_bytes."
            )
        with FileLock(self.folder / "space.lock"):
            self._free_space(len(data))
            with atomic_file(file) as stream:
                stream.write(data)

    def _free_space(self, needed: int) -> None:
        # Only our own files: the folder may contain others. Temporary files of killed
        # processes are included, and removed in the same order.
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
    """Mark a file as used; return whether it exists with the right size."""
    try:
        if num_bytes not in (None, file.stat().st_size):
            return False
        with suppress(PermissionError):  # fetched by another user
            os.utime(file)
    except FileNotFoundError:
        return False
    return True


def _download(url: str, num_bytes: int | None) -> bytes:
    """Return the content behind a URL."""
    try:
        backend = (
            ObjectStore(url) if is_object_store(url) else fileio.get_file_backend(url)
        )
    except KeyError as error:
        raise ValueError(
            f"{url!r} has a scheme that mmengine.fileio does not know: expected http, "
            "https, s3 or gs; for others see mmengine.fileio.register_backend."
        ) from error
    data = _in_three_attempts(backend, url)
    if num_bytes not in (None, len(data)):
        raise ConnectionError(
            f"{url} has {len(data)} bytes, its index says {num_bytes}: if the shards "
            "were rewritten, set refresh_index=True once."
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
        with socket_timeout(_SILENCE):
            return bytes(backend.get(url))
    # Each backend raises its own errors.
    except Exception as error:
        absent = isinstance(error, FileNotFoundError | PermissionError)
        if absent or getattr(error, "code", None) in _ABSENT:
            raise FileNotFoundError(f"{url} does not exist: {error}") from error
        raise ConnectionError(f"{url} cannot be fetched: {error!r}") from error
