"""Find a checkpoint by path, URL or name; download it once."""

from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

import torch
from mmengine.dist import get_dist_info, is_distributed
from mmengine.fileio import get_local_path

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.fileio.socket_timeout import socket_timeout

__all__ = ["local_path"]

_SILENCE = 60.0  # seconds without data until a connection is closed


def local_path(location: str | Path) -> Path:
    """Return the local file of a checkpoint.

    Downloads are kept in the cache folder of `torch.hub`, as mmengine keeps them.

    Args:
        location: Path, `http(s)://` URL, another URL that mmengine can read, or
            'embedded' or 'embedded-start' for nano weights of this package.

    Returns:
        Path of the file, which may not exist.

    Raises:
        ValueError: If a URL cannot be downloaded.
    """
    text = str(location)
    if text in EMBEDDED_CHECKPOINTS:
        return EMBEDDED_CHECKPOINTS[text]
    if "://" not in text:
        return Path(location)
    try:
        with socket_timeout(_SILENCE):
            if urlparse(text).scheme in ("http", "https"):
                return _download(text)
            with get_local_path(text) as path:  # a temporary file
                return _keep(Path(path), text)
    except (OSError, HTTPException, ImportError, ValueError) as error:
        raise ValueError(
            f"{text} cannot be downloaded ({type(error).__name__}: {error}): check the "
            "address and the connection, or download the file and give its path"
        ) from error


def _cached(url: str) -> Path:
    name = unquote(PurePosixPath(urlparse(url).path).name) or "checkpoint"
    return Path(torch.hub.get_dir()) / "checkpoints" / name


def _download(url: str) -> Path:
    """Download a file, on the first process only."""
    cached = _cached(url)
    rank, _ = get_dist_info()
    if rank == 0 and not cached.is_file():
        cached.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(cached), progress=False)
    if is_distributed():
        torch.distributed.barrier()
    return cached


def _keep(path: Path, url: str) -> Path:
    cached = _cached(url)
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_bytes(path.read_bytes())
    return cached
