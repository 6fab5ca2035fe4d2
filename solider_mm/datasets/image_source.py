"""Sources of images: files or an LMDB."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.packed_names import PackedNames
from solider_mm.fileio.decoding import UnreadableImageError

__all__ = ["FileSource", "LmdbSource"]


class FileSource:
    """Image files, named relative to a folder.

    Args:
        location: Folder of the images.
        names: Paths relative to it, or absolute.

    Attributes:
        starts: First image of each shard, and the number of images, (S + 1,) int64;
            `None` without shards.
    """

    starts: NDArray[np.int64] | None = None

    def __init__(self, location: Path | str, names: PackedNames) -> None:
        self.location = location
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def img_path(self, position: int) -> str:
        """Return the path of an image."""
        name = self.names[position]
        return os.fsdecode(os.path.join(os.fsencode(self.location), name))

    def files(self) -> Iterator[tuple[bytes, Path]]:
        """Yield name and path of every image."""
        for position in range(len(self)):
            yield self.names[position], Path(self.img_path(position))

    def info(self, position: int) -> dict[str, Any]:
        """Return `img_path`."""
        return {"img_path": self.img_path(position)}


class LmdbSource(FileSource):
    """Encoded images in an LMDB, named by their keys."""

    def __init__(self, store: LmdbImages, names: PackedNames) -> None:
        super().__init__(store.path, names)
        self.store = store

    def img_path(self, position: int) -> str:
        """Return the key of an image."""
        return os.fsdecode(self.names[position])

    def info(self, position: int) -> dict[str, Any]:
        """Return `img_path` and the encoded image as `img_bytes`.

        Raises:
            UnreadableImageError: If the image is not in the LMDB.
        """
        try:
            data = self.store.read(self.names[position])
        except KeyError as error:
            raise UnreadableImageError(
                f"not in the LMDB {str(self.location)!r}"
            ) from error
        return {"img_path": self.img_path(position), "img_bytes": data}
