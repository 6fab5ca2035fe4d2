"""Images that come from tar shards."""

import os
from pathlib import Path
from typing import Any

from solider_mm.datasets.image_source import FileSource
from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.images import ShardImages

__all__ = ["ShardSource", "open_shards"]


class ShardSource(FileSource):
    """Encoded images in tar shards, named by shard and member."""

    def __init__(self, images: ShardImages) -> None:
        super().__init__(str(images.place), images.index.names)
        self.images = images
        self.starts = images.index.starts

    def img_path(self, position: int) -> str:
        """Return shard and member of an image, like a path in a folder."""
        shard = self.images.index.shards[self.images.shard_of(position)]
        return os.fsdecode(shard + b"/" + self.names[position])

    def info(self, position: int) -> dict[str, Any]:
        """Return what the loader needs, the encoded image among it.

        Raises:
            UnreadableImageError: Its shard does not give it.
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

    Raises:
        FileNotFoundError: There are none, or one of those named is missing.
        ValueError: They are no plain tars, or hold no image.
        OSError: They cannot be fetched.
    """
    images = ShardImages(
        shards if "://" in shards else data_root / shards,
        cache=cache,
        index_dir=index_dir,
        refresh=refresh,
    )
    if len(images) == 0:
        raise ValueError(
            f"shards {shards!r} hold no image: expected members that end in .jpg, .png "
            "or the like; write some with tools/dataset_converters/make_shards.py"
        )
    return ShardSource(images)
