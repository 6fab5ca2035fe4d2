"""Copy encoded images into tar shards, the form of WebDataset."""

import os
import tarfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from solider_mm.datasets.shards.index import (
    INDEX_NAME,
    ShardIndex,
    save_index,
    scan_shard,
)
from solider_mm.datasets.shards.member_names import MemberNames
from solider_mm.fileio.atomic import atomic_file, atomic_folder, temporary_files

__all__ = ["write_shards"]

_BLOCK = 512  # bytes; a tar consists of blocks
_AHEAD = 8  # files that are read ahead per thread


class _Image(NamedTuple):
    position: int
    name: bytes
    file: Path


def write_shards(
    images: Iterable[tuple[bytes, Path]],
    folder: str | Path,
    *,
    images_per_shard: int = 10_000,
    bytes_per_shard: int = 1 << 30,
    workers: int = 4,
) -> int:
    """Copy encoded images into ``00000.tar``, ``00001.tar``, … with an index.

    The files are copied as they are, not decoded, under their own names as far as
    WebDataset allows (`MemberNames`), so that these still tell identity and camera.
    Equal images give equal shards, byte for byte.

    An interrupted run continues. Until the last image is in, the folder is called
    ``<folder>.partial``; shards already there are kept, their images not read again.

    Args:
        images: Names and the files they stand for; in the same order when continuing.
        folder: Folder to make, with the shards and their index.
        images_per_shard: How many images a shard holds at most.
        bytes_per_shard: How many bytes of images it holds at most, though at least
            one image.
        workers: Threads that read the files ahead.

    Returns:
        The number of images in the shards.

    Raises:
        FileExistsError: `folder` exists.
        ValueError: There is no image, a name does not end like an image's, a number is
            less than 1, or what was begun holds other images.
        OSError: A file cannot be read or written.
    """
    folder = Path(folder)
    if min(images_per_shard, bytes_per_shard, workers) < 1:
        raise ValueError(
            f"images_per_shard={images_per_shard}, bytes_per_shard={bytes_per_shard}, "
            f"workers={workers}: expected at least 1 of each"
        )
    queue = (_Image(i, name, Path(file)) for i, (name, file) in enumerate(images))
    with atomic_folder(folder, resumable=True) as partial:
        for leftover in temporary_files(partial):
            leftover.unlink()
        writer = _Writer(partial, images_per_shard, bytes_per_shard)
        writer.keep(queue)
        with ThreadPoolExecutor(workers) as pool:
            writer.write(_read_ahead(queue, pool, workers * _AHEAD))
        if not writer.parts:
            raise ValueError(f"no image was given for the shards {str(folder)!r}")
        index = ShardIndex.join(writer.parts)
        save_index(partial / INDEX_NAME, index)
    return len(index.names)


def _read_ahead(
    queue: Iterator[_Image], pool: ThreadPoolExecutor, count: int
) -> Iterator[tuple[_Image, bytes]]:
    """Yield images with their content, in their order, reading `count` at a time."""

    def read(image: _Image) -> "Future[tuple[_Image, bytes]]":
        return pool.submit(lambda: (image, image.file.read_bytes()))

    waiting = deque(map(read, islice(queue, count)))
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(map(read, islice(queue, 1)))


class _Writer:
    """Writes shard after shard into a folder, and collects their indexes."""

    def __init__(self, folder: Path, max_images: int, max_bytes: int) -> None:
        self.folder = folder
        self.max_images = max_images
        self.max_bytes = max_bytes
        self.names = MemberNames()
        self.parts: list[ShardIndex] = []

    def keep(self, queue: Iterator[_Image]) -> None:
        """Take over the shards that are there, and their images from the queue."""
        while self._file().exists():
            part = self._index()
            self.names.start_shard()
            for name in part.names:
                image = next(queue, None)
                if (
                    image is None
                    or self.names.member(image.name, image.position) != name
                ):
                    raise ValueError(
                        f"{str(self._file())!r} holds {os.fsdecode(name)!r}, which the "
                        "images given do not have in this place: give those it was "
                        "begun with, or remove the folder"
                    )
            self.parts.append(part)

    def write(self, contents: Iterator[tuple[_Image, bytes]]) -> None:
        """Write the rest."""
        first = next(contents, None)
        while first is not None:
            self.names.start_shard()
            with atomic_file(self._file()) as stream:
                first = self._fill(stream, first, contents)
            self.parts.append(self._index())

    def _file(self) -> Path:
        return self.folder / f"{len(self.parts):05}.tar"

    def _index(self) -> ShardIndex:
        # Read back, so that it is what a reader of the shard alone would find.
        return scan_shard(self._file(), os.fsencode(self._file().name))

    def _fill(
        self,
        stream: BinaryIO,
        item: tuple[_Image, bytes] | None,
        contents: Iterator[tuple[_Image, bytes]],
    ) -> tuple[_Image, bytes] | None:
        """Write one shard; return the first image of the next."""
        count = num_bytes = 0
        while item is not None and count < self.max_images:
            image, data = item
            num_bytes += len(data)
            if count and num_bytes > self.max_bytes:
                break
            _add(stream, self.names.member(image.name, image.position), data)
            count += 1
            item = next(contents, None)
        stream.write(bytes(2 * _BLOCK))
        return item


def _add(stream: BinaryIO, name: bytes, data: bytes) -> None:
    # The header's other fields stay what they are by default: time 0, owner 0.
    info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
    info.size = len(data)
    stream.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
    stream.write(data)
    stream.write(bytes(-len(data) % _BLOCK))
