"""Unlabeled person images from a folder tree, a list file, an LMDB or tar shards."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.logging import print_log
from numpy.typing import NDArray
from torch.utils.data import Dataset

from solider_mm.datasets.image_source import FileSource
from solider_mm.datasets.opening import (
    open_folder,
    open_list,
    open_lmdb,
    refuse_several,
)
from solider_mm.datasets.path_index import cached_listing
from solider_mm.datasets.random_state import seeded
from solider_mm.datasets.samplers import SeededIndex
from solider_mm.datasets.shards.cache import ShardCache
from solider_mm.datasets.shards.images import open_shards
from solider_mm.fileio.decoding import UnreadableImageError
from solider_mm.registry import DATASETS

__all__ = ["PersonImages"]

_MAX_NAMED = 20  # unreadable images named in the log; further ones are counted
_MAX_ATTEMPTS = 1000  # unreadable images in a row; more mean a lost disk


@DATASETS.register_module()
class PersonImages(Dataset[dict[str, Any]]):
    """Unlabeled person images, for pretraining.

    A plain torch dataset: mmengine's `BaseDataset` pickles a dict per sample, gigabytes
    for the 4.18 million images of LUPerson. Here all names are in one block that all
    processes map (`path_index`).

    An unreadable image does not stop training: the next readable one replaces it, and
    it is named in the log (the first 20) and counted, see `unreadable`.

    Args:
        data_root: Folder of the data set, or its parent for the known layouts.
        pipeline: Transforms, starting with `LoadPersonImage`.
        layout: Folder layout, one of `LAYOUTS`: `folder` (any tree), `luperson`,
            `market1501`, `lspet`, `ccp`.
        subset: Subset of the layout; `None` takes the training images.
        list_file: File with one path per line, relative to `data_root`, instead of
            listing by layout.
        lmdb: LMDB of encoded images, relative to `data_root`, instead of listing.
        shards: Tar shards of encoded images in the WebDataset format, relative to
            `data_root`: their folder, or their names as `{00000..00417}.tar`; or a URL
            of either. Replaces listing, see `ShardImages`.
        shard_cache: Cache folder of shards behind a URL; by default `shards` in the
            cache folder, see `cache_dir`.
        shard_cache_bytes: Largest size of that folder in bytes.
        pattern: Regular expression that whole file names must match, instead of the
            layout's own.
        keep_junk: Whether to keep images that the layout marks as junk (`-1` in
            Market-1501).
        max_images: Number of images to use, evenly spaced in the listing.
        index_dir: Folder of the cached listing; by default `index` in the cache
            folder, see `cache_dir`.
        refresh_index: Whether to list again even if the cached listing is up to date.
        metainfo: Further information about the data, for visualizers.

    Raises:
        FileNotFoundError: If the folder, list file, LMDB or a shard does not exist.
        ValueError: If it contains no image, or an option is wrong.
        OSError: If shards behind a URL cannot be fetched.

    Source:
        The authors read LUPerson as an image folder with an optional list, truncated to
        the first images. Ours are evenly spaced, so that few images still show many
        people.
    """

    def __init__(  # noqa: PLR0913  (each is a config key)
        self,
        *,
        data_root: str | Path,
        pipeline: Sequence[dict[str, Any] | Callable[..., Any]] = (),
        layout: str = "folder",
        subset: str | None = None,
        list_file: str | None = None,
        lmdb: str | None = None,
        shards: str | None = None,
        shard_cache: str | Path | None = None,
        shard_cache_bytes: int = 64 << 30,
        pattern: str | None = None,
        keep_junk: bool = False,
        max_images: int | None = None,
        index_dir: str | Path | None = None,
        refresh_index: bool = False,
        metainfo: dict[str, Any] | None = None,
    ) -> None:
        root = Path(data_root).expanduser().absolute()
        kept = Path(index_dir).expanduser() if index_dir else None
        listing = partial(cached_listing, index_dir=kept, refresh=refresh_index)
        refuse_several(list_file=list_file, lmdb=lmdb, shards=shards)
        self.source: FileSource
        if list_file is not None:
            self.source = open_list(root, list_file, listing)
        elif lmdb is not None:
            self.source = open_lmdb(root, lmdb, listing)
        elif shards is not None:
            cache = ShardCache(shard_cache, shard_cache_bytes)
            self.source = open_shards(
                root, shards, cache=cache, index_dir=kept, refresh=refresh_index
            )
        else:
            self.source = open_folder(
                root,
                layout,
                subset,
                pattern=pattern,
                keep_junk=keep_junk,
                cached_listing=listing,
            )
        self.metainfo = dict(metainfo or {})
        self.pipeline = Compose(list(pipeline))
        self._length = _number_used(len(self.source), max_images)
        # One flag per image, in memory shared with the worker processes.
        self._is_unreadable = torch.zeros(self._length, dtype=torch.bool)
        self._is_unreadable.share_memory_()
        print_log(
            f"{self._length} of {len(self.source)} images in {self.source.location}",
            logger="current",
        )

    def __len__(self) -> int:
        return self._length

    @property
    def shard_starts(self) -> NDArray[np.int64] | None:
        """First image of each shard, and the number of images, (S + 1,) int64.

        `None` if the images are not in shards.
        """
        if self.source.starts is None:
            return None
        # The first index whose position in the source is not below the start.
        return -(-self.source.starts * self._length // len(self.source))

    def img_path(self, index: int) -> str:
        """Return the path of an image, its LMDB key, or its shard and member."""
        return self.source.img_path(self._position(index))

    def get_data_info(self, index: int) -> dict[str, Any]:
        """Return the input of the pipeline: `img_path` and `sample_idx`.

        For an LMDB or shards also `img_bytes`, the encoded image.

        Args:
            index: Index of the image.

        Returns:
            Input of the pipeline.

        Raises:
            UnreadableImageError: If the image cannot be read from the LMDB or shard.
        """
        return {**self.source.info(self._position(index)), "sample_idx": index}

    def __getitem__(self, index: int | SeededIndex) -> dict[str, Any]:
        """Return a sample after the pipeline.

        Args:
            index: Index of the image. A `SeededIndex` also seeds the random numbers of
                the pipeline; a plain index uses the global ones.

        Returns:
            Output of the pipeline.

        Raises:
            IndexError: If there is no such image.
            RuntimeError: If a thousand images in a row, or all, are unreadable.
        """
        first, seed = index if isinstance(index, SeededIndex) else (index, None)
        self._position(first)
        attempts = min(len(self), _MAX_ATTEMPTS)
        for step in range(attempts):
            sample = self._read((first + step) % len(self), seed)
            if sample is not None:
                return sample
        raise RuntimeError(
            f"{attempts} images in a row cannot be read, from {self.img_path(first)!r} "
            f"on: expected images; check that {str(self.source.location)!r} is "
            "complete."
        )

    @property
    def unreadable(self) -> list[str]:
        """Paths of the images found unreadable so far, by this process's workers."""
        found = self._is_unreadable.nonzero().flatten().tolist()
        return [self.img_path(index) for index in found]

    @property
    def num_unreadable(self) -> int:
        """Number of images found unreadable so far, by this process's workers."""
        return int(self._is_unreadable.sum())

    def _position(self, index: int) -> int:
        """Return the position in the source's listing."""
        if not 0 <= index < self._length:
            raise IndexError(
                f"image {index} does not exist: expected 0 to {self._length - 1}."
            )
        return index * len(self.source) // self._length

    def _read(self, index: int, seed: int | None) -> dict[str, Any] | None:
        """Return a sample, or `None` if the image is unreadable."""
        if self._is_unreadable[index]:
            return None
        try:
            info = self.get_data_info(index)
            if seed is None:
                return self.pipeline(info)
            with seeded(seed):
                return self.pipeline(info)
        except UnreadableImageError as error:
            self._note_unreadable(index, error)
            return None

    def _note_unreadable(self, index: int, error: UnreadableImageError) -> None:
        self._is_unreadable[index] = True
        count = self.num_unreadable
        if count > _MAX_NAMED:
            return
        message = f"Unreadable image {self.img_path(index)}: {error}; the next is used."
        if count == _MAX_NAMED:
            message += (
                " Further ones are only counted: "
                "tools/analysis_tools/verify_images.py lists all"
            )
        print_log(message, logger="current", level=logging.WARNING)


def _number_used(available: int, max_images: int | None) -> int:
    if max_images is None:
        return available
    if max_images < 1:
        raise ValueError(
            f"max_images={max_images}: expected at least 1; raise it, or set None for "
            "all images."
        )
    return min(available, max_images)
