"""Writing encoded images to tar shards in the WebDataset format."""

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
)
from solider_mm.datasets.shards.member_names import MemberNames
from solider_mm.datasets.shards.tar_headers import scan_shard
from solider_mm.fileio.atomic import atomic_file, atomic_folder, temporary_files
from solider_mm.fileio.regular_file import read_regular_file

__all__ = ["write_shards"]

_BLOCK = 512  # bytes; a tar consists of blocks
_AHEAD = 8  # files read ahead per thread


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

    The files are copied without decoding, under their own names as far as WebDataset
    allows (`MemberNames`), so that names still contain identity and camera. Equal
    images give equal shards, byte by byte.

    An interrupted run can be continued. Until the last image is written, the folder is
    named `<folder>.partial`. Its complete shards are kept and their images not read
    again.

    Args:
        images: Names and files of the images; in the same order when continuing.
        folder: Folder to create, with the shards and their index.
        images_per_shard: Largest number of images per shard.
        bytes_per_shard: Largest number of image bytes per shard, but at least one
            image.
        workers: Number of threads that read files ahead.

    Returns:
        Number of images in the shards.

    Raises:
        FileExistsError: If `folder` exists.
        ValueError: If there is no image, a name has no image suffix, a number is below
            1, or the interrupted run has other images.
        OSError: If a file cannot be read or written.
    """
    folder = Path(folder)
    if min(images_per_shard, bytes_per_shard, workers) < 1:
        raise ValueError(
            f"images_per_shard={images_per_shard}, bytes_per_shard={bytes_per_shard}, "
            f"workers={workers}: expected at least 1 each; raise them."
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
            raise ValueError(
                f"no image was given for the shards {str(folder)!r}: expected at "
                "least one; check the source of the images."
            )
        index = ShardIndex.join(writer.parts)
        save_index(partial / INDEX_NAME, index)
    return len(index.names)


def _read_ahead(
    queue: Iterator[_Image], pool: ThreadPoolExecutor, count: int
) -> Iterator[tuple[_Image, bytes]]:
    """Yield images with their content, in order, reading `count` ahead."""

    def read(image: _Image) -> "Future[tuple[_Image, bytes]]":
        return pool.submit(lambda: (image, read_regular_file(image.file)))

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
        """Keep the complete shards of an interrupted run, and skip their images."""
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
                        f"{str(self._file())!r} contains {os.fsdecode(name)!r}, "
                        "expected the given image at this position; give the images of "
                        "the interrupted run, or remove the folder."
                    )
            self.parts.append(part)

    def write(self, contents: Iterator[tuple[_Image, bytes]]) -> None:
        """Write the remaining shards."""
        first = next(contents, None)
        while first is not None:
            self.names.start_shard()
            with atomic_file(self._file()) as stream:
                first = self._fill(stream, first, contents)
            self.parts.append(self._index())

    def _file(self) -> Path:
        return self.folder / f"{len(self.parts):05}.tar"

    def _index(self) -> ShardIndex:
        # Read back: what a reader of the shard alone would find.
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
    # The other header fields keep their defaults: time 0, owner 0.
    info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
    info.size = len(data)
    stream.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
    stream.write(data)
    stream.write(bytes(-len(data) % _BLOCK))
