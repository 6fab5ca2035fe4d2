"""Opening a folder, a list file or an LMDB of images."""

import re
from collections.abc import Callable
from pathlib import Path

from solider_mm.datasets.image_listing import list_file, list_folder, list_lmdb
from solider_mm.datasets.image_source import FileSource, LmdbSource
from solider_mm.datasets.layouts import LAYOUTS, find_image_folder
from solider_mm.datasets.lmdb_images import LmdbImages
from solider_mm.datasets.path_index import Listing

__all__ = ["open_folder", "open_list", "open_lmdb", "refuse_several"]

CachedListing = Callable[..., Listing]

_REMEDY = (
    "correct data_root (in a config: SOLIDER_MM_DATA or "
    "train_dataloader.dataset.data_root)"
)


def refuse_several(**sources: str | None) -> None:
    """Check that at most one source of images is given.

    Args:
        **sources: Sources by name; `None` means not given.

    Raises:
        ValueError: If more than one is given.
    """
    given = [
        f"{name}={value!r}" for name, value in sources.items() if value is not None
    ]
    if len(given) > 1:
        raise ValueError(
            f"{' and '.join(given)} are given together: expected one source of images, "
            "keep one of them."
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

    Args:
        data_root: Folder of the data set or its parent.
        layout: Name of the layout, see `LAYOUTS`.
        subset: Subset of the layout; `None` is the first.
        pattern: Regular expression for file names instead of the layout's own.
        keep_junk: Whether to keep images that the layout marks as junk.
        cached_listing: Function that lists or takes a cached listing.

    Returns:
        Source of the images.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If it contains no image, or an option is wrong.
    """
    if not data_root.is_dir():
        raise FileNotFoundError(
            f"data_root {str(data_root)!r} does not exist: expected the folder of the "
            f"images; {_REMEDY}."
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
            f"folder {str(folder)!r} contains no image{matching}: expected .jpg, .png "
            f"or other images in it or in subfolders; {_REMEDY}."
        )
    return FileSource(folder, names)


def _file_name_rule(layout: str, pattern: str | None, keep_junk: bool) -> str | None:
    """Combine the layout's, the user's and the junk rule in one expression."""
    rule = LAYOUTS[layout].pattern if pattern is None else pattern
    try:
        re.compile(rule or "")
    except re.error as error:
        raise ValueError(
            f"pattern {pattern!r} is not a regular expression ({error}): expected one "
            "for whole file names; write for example '.*_c1.*'."
        ) from error
    junk = LAYOUTS[layout].junk
    if junk is None or keep_junk:
        return rule
    return f"(?!{junk})(?:{rule or '.*'})"


def open_list(
    data_root: Path, list_name: str, cached_listing: CachedListing
) -> FileSource:
    """Read a list file: one path per line, relative to `data_root`.

    Args:
        data_root: Folder that the paths are relative to.
        list_name: List file, relative to `data_root`.
        cached_listing: Function that lists or takes a cached listing.

    Returns:
        Source of the images.

    Raises:
        FileNotFoundError: If the list does not exist.
        ValueError: If the list is empty.
    """
    file = data_root / list_name
    if not file.is_file():
        raise FileNotFoundError(
            f"list_file {str(file)!r} does not exist: expected a text file with one "
            "image path per line; correct list_file, or the folder it is relative "
            "to (data_root)."
        )
    names = cached_listing(
        lambda: list_file(file),
        root=file.parent.resolve(),
        options={"kind": "list", "name": file.name},
    ).names
    if len(names) == 0:
        raise ValueError(
            f"list_file {str(file)!r} is empty: expected one image path per line, "
            "relative to data_root; write the list again."
        )
    return FileSource(data_root, names)


def open_lmdb(
    data_root: Path, lmdb_name: str, cached_listing: CachedListing
) -> LmdbSource:
    """Open an LMDB of encoded images, below `data_root`.

    Args:
        data_root: Folder that the LMDB is relative to.
        lmdb_name: LMDB, relative to `data_root`.
        cached_listing: Function that lists or takes a cached listing.

    Returns:
        Source of the images.

    Raises:
        FileNotFoundError: If the LMDB does not exist.
        ValueError: If it is not an LMDB of images, or empty.
        ImportError: If the package `lmdb` is not installed.
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
            "with tools/dataset_converters/make_lmdb.py."
        )
    return LmdbSource(store, names)
