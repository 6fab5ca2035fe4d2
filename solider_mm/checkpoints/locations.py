"""Find a checkpoint by path, URL or name; download it once."""

import hashlib
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

from mmengine.dist import barrier, is_main_process
from mmengine.fileio import get_local_path

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.fileio.atomic import atomic_file
from solider_mm.fileio.cache_dir import cache_dir
from solider_mm.fileio.download import download
from solider_mm.fileio.socket_timeout import socket_timeout

__all__ = ["cached_download", "local_path"]

_SILENCE = 60.0  # seconds without data until a connection of mmengine is closed


def local_path(location: str | Path) -> Path:
    """Return the local file of a checkpoint.

    Args:
        location: Path, `http(s)://` URL, another URL that mmengine can read, or
            'embedded' or 'embedded-start' for nano weights of this package.

    Returns:
        Path of the file, which may not exist. Downloads are cached below
        `SOLIDER_MM_CACHE`.

    Raises:
        ValueError: If a URL cannot be downloaded.
    """
    text = str(location)
    if text in EMBEDDED_CHECKPOINTS:
        return EMBEDDED_CHECKPOINTS[text]
    if "://" not in text:
        return Path(location)
    try:
        return cached_download(text)
    except OSError as error:
        raise ValueError(str(error)) from error


def cached_download(url: str, *, sha256: str | None = None) -> Path:
    """Download a file once, on the first process only.

    Args:
        url: `http(s)://` or another URL that mmengine can read.
        sha256: Expected checksum, as hexadecimal digits.

    Returns:
        File in a folder of this URL, or of this checksum, of the cache.

    Raises:
        OSError: If the file cannot be downloaded.
        ValueError: If the checksum differs.
    """
    name = unquote(PurePosixPath(urlparse(url).path).name) or "checkpoint"
    folder = sha256 or hashlib.sha256(url.encode()).hexdigest()
    path = cache_dir("weights") / folder[:16] / name
    if is_main_process() and not path.is_file():
        if urlparse(url).scheme in ("http", "https"):
            download(url, path, sha256=sha256)
        else:
            _copy_from_backend(url, path)
    barrier()
    return path


def _copy_from_backend(url: str, path: Path) -> None:
    """Copy a file from a storage that one of mmengine's backends reads."""
    try:
        with socket_timeout(_SILENCE), get_local_path(url) as found:
            content = Path(found).read_bytes()
    # Each backend raises its own errors.
    except Exception as error:
        raise OSError(
            f"{url} cannot be downloaded ({type(error).__name__}: {error}): check the "
            "address and the connection, or download the file and give its path"
        ) from error
    with atomic_file(path) as stream:
        stream.write(content)
