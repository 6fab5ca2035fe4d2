"""Random access to encoded images in tar shards in the WebDataset format."""

import os
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from solider_mm.datasets.image_source import FileSource
from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.listing import list_shards, split_location
from solider_mm.datasets.shards.locations import ShardFolder, ShardUrl
from solider_mm.fileio.decoding import UnreadableImageError

__all__ = ["ShardImages", "ShardSource", "open_shards"]


class ShardImages:
    """Read encoded images by number, from any number of worker processes.

    An index stores the position of each image, so that one `pread` reads an image. The
    `webdataset` package reads shards as a stream instead, which can neither be resumed
    at a sample nor distributed to ranks exactly.

    Shards of any tool are read: plain tars whose members are images. Other members
    (`.json`, `.cls`) are skipped.

    Args:
        location: Folder of the shards, or their names with ranges such as
            `lup/{00000..00417}.tar`. Either may be a URL.
        cache: Cache of shards behind a URL; by default a `ShardCache`.
        index_dir: Folder of the cached listing of shards without an index.
        refresh: Whether to list the shards and fetch the index again even if the
            cached ones look valid.

    Raises:
        FileNotFoundError: If there is no shard, or a named one is missing.
        ValueError: If a shard is not a plain tar, or the index does not match.
        OSError: If a shard cannot be read or fetched.
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
        self.location: ShardFolder | ShardUrl
        if "://" in base:
            self.location = ShardUrl(base, cache or ShardCache(), refresh=refresh)
        else:
            self.location = ShardFolder(Path(base).absolute())
        self.index = list_shards(
            self.location, names, index_dir=index_dir, refresh=refresh
        )
        self._open_files: dict[int, FileIO] = {}

    def __len__(self) -> int:
        return len(self.index.names)

    def __getstate__(self) -> dict[str, Any]:
        # An open file cannot be sent to a spawned worker. A forked one inherits it,
        # which is safe: pread does not move the position that both share.
        return {**self.__dict__, "_open_files": {}}

    def shard_of(self, position: int) -> int:
        """Return the number of the shard of an image."""
        return int(np.searchsorted(self.index.starts, position, side="right")) - 1

    def read(self, position: int) -> bytes:
        """Return an encoded image.

        Args:
            position: Number of the image, 0 to before the length.

        Returns:
            Content of the image file.

        Raises:
            UnreadableImageError: If its shard is missing, truncated or unreachable.
        """
        shard = self.shard_of(position)
        offset, size = self.index.offsets[position], self.index.sizes[position]
        try:
            data = os.pread(self._file(shard).fileno(), int(size), int(offset))
            if len(data) < size:
                raise OSError("the shard ends before the image")
        except OSError as error:
            self._open_files.pop(shard, None)  # a network disk may have lost it
            name = os.fsdecode(self.index.names[position])
            raise UnreadableImageError(
                f"cannot read {name!r} from shard "
                f"{os.fsdecode(self.index.shards[shard])!r} of "
                f"{str(self.location)!r}: {error}"
            ) from error
        return data

    def _file(self, shard: int) -> FileIO:
        """Return the open file of a shard; the most recently used stay open."""
        file = self._open_files.pop(shard, None)
        if file is None:
            name, num_bytes = self.index.shards[shard], self.index.shard_bytes[shard]
            file = self.location.open(name, int(num_bytes))
        self._open_files[shard] = file
        if len(self._open_files) > self.location.max_open:
            # Closed with its last reference: another thread may be reading from it.
            del self._open_files[next(iter(self._open_files))]
        return file


class ShardSource(FileSource):
    """Encoded images in tar shards, named by shard and member."""

    def __init__(self, images: ShardImages) -> None:
        super().__init__(str(images.location), images.index.names)
        self.images = images
        self.starts = images.index.starts

    def img_path(self, position: int) -> str:
        """Return the path of an image: its shard and member."""
        shard = self.images.index.shards[self.images.shard_of(position)]
        return os.fsdecode(shard + b"/" + self.names[position])

    def info(self, position: int) -> dict[str, Any]:
        """Return `img_path` and the encoded image as `img_bytes`.

        Raises:
            UnreadableImageError: If the image cannot be read from its shard.
        """
        data = self.images.read(position)
        return {"img_path": self.img_path(position), "img_bytes": data}


def open_shards(
    data_root: Path,
    shards: str,
    *,
    cache: ShardCache,
    index_dir: Path | None,
    refresh: bool,
) -> ShardSource:
    """Open tar shards of encoded images, below `data_root` or behind a URL.

    Args:
        data_root: Folder that `shards` is relative to.
        shards: Folder, URL or names with ranges, see `ShardImages`.
        cache: Cache of shards behind a URL.
        index_dir: Folder of the cached listing.
        refresh: Whether to list the shards again.

    Returns:
        Source of the images.

    Raises:
        FileNotFoundError: If there is no shard, or a named one is missing.
        ValueError: If a shard is not a plain tar, or no shard contains an image.
        OSError: If a shard cannot be fetched.
    """
    images = ShardImages(
        shards if "://" in shards else data_root / shards,
        cache=cache,
        index_dir=index_dir,
        refresh=refresh,
    )
    if len(images) == 0:
        raise ValueError(
            f"shards {shards!r} contain no image: expected members named .jpg, .png or "
            "similar; write shards with tools/dataset_converters/make_shards.py."
        )
    return ShardSource(images)
