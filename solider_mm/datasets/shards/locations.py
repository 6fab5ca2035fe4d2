"""Locations of tar shards: a local folder or a URL."""

import os
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.index import INDEX_NAME

__all__ = ["ShardFolder", "ShardUrl"]


class ShardFolder:
    """Shards in a local folder.

    Args:
        folder: Folder of the shards.
    """

    max_open = 128  # files: opening one on a network disk costs a round trip

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def index_file(self) -> Path | None:
        """Return the index file beside the shards, or `None`."""
        file = self.folder / INDEX_NAME
        return file if file.is_file() else None

    def names(self) -> list[bytes]:
        """Return the names of all shards in the folder, sorted.

        Raises:
            FileNotFoundError: If the folder does not exist.
        """
        if not self.folder.is_dir():
            raise FileNotFoundError(
                f"folder {str(self)!r} does not exist: expected a folder of .tar "
                "shards, or their names with a range, as in 'lup/{00000..00417}.tar'; "
                "write shards with tools/dataset_converters/make_shards.py."
            )
        with os.scandir(os.fsencode(self.folder)) as entries:
            found = sorted(entry.name for entry in entries)
        return [name for name in found if name.endswith(b".tar")]

    def modified(self, names: Sequence[bytes]) -> list[int]:
        """Return the modification times of shards in nanoseconds.

        Args:
            names: Names of the shards.

        Returns:
            One time per shard.

        Raises:
            FileNotFoundError: If a shard does not exist.
        """
        try:
            return [self.file(name).stat().st_mtime_ns for name in names]
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"shard {error.filename!r} does not exist: expected {len(names)} "
                "shards; correct the range in shards, or copy the missing one there."
            ) from error

    def file(self, name: bytes) -> Path:
        """Return the path of a shard, which may not exist."""
        return self.folder / os.fsdecode(name)

    def open(self, name: bytes, num_bytes: int) -> FileIO:
        """Open a shard.

        Args:
            name: Name of the shard.
            num_bytes: Expected size in bytes.

        Returns:
            Open file.

        Raises:
            OSError: If it cannot be opened, or has another size than expected.
        """
        file = FileIO(self.file(name))
        found = os.fstat(file.fileno()).st_size
        if found != num_bytes:
            file.close()
            raise OSError(
                f"it has {found} bytes, its index says {num_bytes}: it was truncated "
                "or rewritten; copy it again, or remove the index"
            )
        return file


class ShardUrl:
    """Shards behind a URL, fetched completely when they are first needed.

    Args:
        url: URL of the folder, without a trailing slash.
        cache: Cache of the fetched shards.
        refresh: Whether to fetch the index again even if it is cached.
    """

    max_open = 8  # files: a removed file takes disk space until it is closed

    def __init__(self, url: str, cache: ShardCache, *, refresh: bool = False) -> None:
        self.url = url
        self.cache = cache
        self.refresh = refresh

    def __str__(self) -> str:
        return self.url

    def index_file(self) -> Path | None:
        """Fetch the index file beside the shards.

        Returns:
            Local file, or `None` if the server has no index.

        Raises:
            OSError: If it cannot be fetched.
        """
        url = f"{self.url}/{INDEX_NAME}"
        try:
            return self.cache.fetch(url, refresh=self.refresh)
        except FileNotFoundError:
            return None

    def names(self) -> list[bytes]:
        """Return nothing: a URL cannot be listed."""
        return []

    def modified(self, names: Sequence[bytes]) -> list[int]:  # noqa: ARG002
        """Return nothing: files behind a URL are assumed to stay unchanged."""
        return []

    def file(self, name: bytes, num_bytes: int | None = None) -> Path:
        """Return the local file of a shard, fetching it if it is not cached.

        Args:
            name: Name of the shard.
            num_bytes: Expected size in bytes; `None` accepts any.

        Returns:
            Local file.

        Raises:
            OSError: If it cannot be fetched.
        """
        return self.cache.fetch(f"{self.url}/{os.fsdecode(name)}", num_bytes)

    def open(self, name: bytes, num_bytes: int) -> FileIO:
        """Open a shard, fetching it if it is not cached.

        Args:
            name: Name of the shard.
            num_bytes: Expected size in bytes.

        Returns:
            Open file.

        Raises:
            OSError: If it cannot be fetched or opened, or has another size.
        """
        try:
            return FileIO(self.file(name, num_bytes))
        except FileNotFoundError:
            # Another process removed it between fetching and opening. If the server
            # lacks the shard, the second attempt fails as well.
            return FileIO(self.file(name, num_bytes))
