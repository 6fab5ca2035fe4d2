"""Where images come from: files below a folder, listed files, or an LMDB."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.datasets.image_listing import list_file, list_folder, list_lmdb
from solider_mm.datasets.layouts import LAYOUTS, find_image_folder
from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.path_index import Listing, PackedNames
from solider_mm.datasets.transforms import UnreadableImageError

__all__ = [
    "FileSource",
    "LmdbSource",
    "open_folder",
    "open_list",
    "open_lmdb",
    "refuse_several",
]

CachedListing = Callable[..., Listing]

_REMEDY = "set SOLIDER_MM_DATA or train_dataloader.dataset.data_root"


class FileSource:
    """Image files, named relative to a folder.

    Args:
        location: The folder.
        names: Paths relative to it; an absolute one stays as it is.

    Attributes:
        starts: First image of each shard, and the number of images, ``(S + 1,)`` int64;
            ``None`` where there are no shards.
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
        """Return what the loader needs."""
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
        """Return what the loader needs, the encoded image among it.

        Raises:
            UnreadableImageError: The image is not in the LMDB.
        """
        try:
            data = self.store.read(self.names[position])
        except KeyError as error:
            raise UnreadableImageError(
                f"not in the LMDB {str(self.location)!r}"
            ) from error
        return {"img_path": self.img_path(position), "img_bytes": data}


def refuse_several(**sources: str | None) -> None:
    """Make sure that images come from one source at most.

    Raises:
        ValueError: More than one is given.
    """
    given = [
        f"{name}={value!r}" for name, value in sources.items() if value is not None
    ]
    if len(given) > 1:
        raise ValueError(
            f"{' and '.join(given)} are given together: expected one source of images, "
            "keep one of them"
        )


def open_folder(
    data_root: Path,
    layout: str,
    subset: str | None,
    *,
    pattern: str | None,
    keep_junk: bool,
    cached_listing: CachedListing,
) -> FileSource:
    """Find and list the images of a layout.

    Raises:
        FileNotFoundError: The folder does not exist.
        ValueError: It holds no image, or an option is wrong.
    """
    if not data_root.is_dir():
        raise FileNotFoundError(
            f"data_root {str(data_root)!r} does not exist: expected the folder of the "
            f"images; {_REMEDY}"
        )
    folder = find_image_folder(data_root, layout, subset)
    rule = _file_name_rule(layout, pattern, keep_junk)
    names = cached_listing(
        lambda: list_folder(folder, rule),
        root=folder.resolve(),
        options={"kind": "folder", "pattern": rule},
    ).names
    if len(names) == 0:
        matching = f" named like {rule!r}" if rule else ""
        raise ValueError(
            f"folder {str(folder)!r} holds no image{matching}: expected .jpg, .png or "
            f"other images in it or below; {_REMEDY} to another folder"
        )
    return FileSource(folder, names)


def _file_name_rule(layout: str, pattern: str | None, keep_junk: bool) -> str | None:
    """Combine the layout's, the user's and the junk rule to one expression."""
    rule = LAYOUTS[layout].pattern if pattern is None else pattern
    try:
        re.compile(rule or "")
    except re.error as error:
        raise ValueError(
            f"pattern {pattern!r} is no regular expression ({error}): expected one "
            "for whole file names, for example '.*_c1.*'"
        ) from error
    junk = LAYOUTS[layout].junk
    if junk is None or keep_junk:
        return rule
    return f"(?!{junk})(?:{rule or '.*'})"


def open_list(
    data_root: Path, list_name: str, cached_listing: CachedListing
) -> FileSource:
    """Read a list file: one path per line, relative to `data_root`.

    Raises:
        FileNotFoundError: The list does not exist.
        ValueError: It is empty.
    """
    file = data_root / list_name
    if not file.is_file():
        raise FileNotFoundError(
            f"list_file {str(file)!r} does not exist: expected a text file with one "
            "image path per line; correct list_file, or the folder it is relative to "
            "(SOLIDER_MM_DATA or train_dataloader.dataset.data_root)"
        )
    names = cached_listing(
        lambda: list_file(file),
        root=file.parent.resolve(),
        options={"kind": "list", "name": file.name},
    ).names
    if len(names) == 0:
        raise ValueError(
            f"list_file {str(file)!r} is empty: expected one image path per line, "
            "relative to data_root; write the list again"
        )
    return FileSource(data_root, names)


def open_lmdb(
    data_root: Path, lmdb_name: str, cached_listing: CachedListing
) -> LmdbSource:
    """Open an LMDB of encoded images, below `data_root`.

    Raises:
        FileNotFoundError: The LMDB does not exist.
        ValueError: It is none, or empty.
        ImportError: The package ``lmdb`` is not installed.
    """
    store = LmdbImages(data_root / lmdb_name)
    names = cached_listing(
        lambda: list_lmdb(store),
        root=store.data_file.parent.resolve(),
        options={"kind": "lmdb", "name": store.data_file.name},
    ).names
    if len(names) == 0:
        raise ValueError(
            f"LMDB {str(store.path)!r} is empty: expected encoded images; write one "
            "with tools/dataset_converters/make_lmdb.py"
        )
    return LmdbSource(store, names)
