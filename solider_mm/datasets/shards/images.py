"""Encoded images in tar shards, the form of WebDataset, read at random."""

import os
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.listing import list_shards, split_location
from solider_mm.datasets.shards.locations import ShardFolder, ShardUrl
from solider_mm.datasets.transforms import UnreadableImageError

__all__ = ["ShardImages"]


class ShardImages:
    """Read encoded images by number, from any number of worker processes.

    An index knows where each image lies, so that one is read by one ``pread``. The
    ``webdataset`` package reads shards as a stream instead, which cannot be resumed at
    a sample nor dealt to ranks exactly.

    Shards of any tool are read: plain tars whose members are images; other members
    (``.json``, ``.cls``) are passed over.

    Args:
        location: Folder of the shards, or their names with ranges as in
            ``lup/{00000..00417}.tar``; either may be a URL that mmengine.fileio knows.
        cache: Where shards behind a URL are kept; by default a `ShardCache`.
        index_dir: Folder of the listing that is kept for shards without an index.
        refresh: List again, and fetch the index again, even if what is kept looks
            valid.

    Raises:
        FileNotFoundError: There are no shards, or one of those named is missing.
        ValueError: A shard is no plain tar, or the index does not fit.
        OSError: They cannot be read or fetched.
    """

    def __init__(
        self,
        location: str | Path,
        *,
        cache: ShardCache | None = None,
        index_dir: Path | None = None,
        refresh: bool = False,
    ) -> None:
        base, names = split_location(str(location))
        self.place: ShardFolder | ShardUrl
        if "://" in base:
            self.place = ShardUrl(base, cache or ShardCache(), refresh=refresh)
        else:
            self.place = ShardFolder(Path(base).absolute())
        self.index = list_shards(
            self.place, names, index_dir=index_dir, refresh=refresh
        )
        self._open_files: dict[int, FileIO] = {}

    def __len__(self) -> int:
        return len(self.index.names)

    def __getstate__(self) -> dict[str, Any]:
        # An open file cannot be sent to a spawned worker. A forked one inherits it,
        # which is safe: pread does not move the position that both share.
        return {**self.__dict__, "_open_files": {}}

    def shard_of(self, position: int) -> int:
        """Return the number of the shard an image lies in."""
        return int(np.searchsorted(self.index.starts, position, side="right")) - 1

    def read(self, position: int) -> bytes:
        """Return an encoded image.

        Args:
            position: Number of the image, 0 to before the length.

        Raises:
            UnreadableImageError: Its shard is missing, cut off or cannot be fetched.
        """
        shard = self.shard_of(position)
        offset, size = self.index.offsets[position], self.index.sizes[position]
        try:
            data = os.pread(self._file(shard).fileno(), int(size), int(offset))
            if len(data) < size:
                raise OSError("it ends before the image does")
        except OSError as error:
            self._open_files.pop(shard, None)  # a network disk may have lost it
            name = os.fsdecode(self.index.names[position])
            raise UnreadableImageError(
                f"shard {os.fsdecode(self.index.shards[shard])!r} of "
                f"{str(self.place)!r} does not give {name!r}: {error}"
            ) from error
        return data

    def _file(self, shard: int) -> FileIO:
        """Return the open file of a shard; those used last stay open."""
        file = self._open_files.pop(shard, None)
        if file is None:
            name, num_bytes = self.index.shards[shard], self.index.shard_bytes[shard]
            file = self.place.open(name, int(num_bytes))
        self._open_files[shard] = file
        if len(self._open_files) > self.place.max_open:
            # Closed with its last reference: another thread may be reading from it.
            del self._open_files[next(iter(self._open_files))]
        return file
