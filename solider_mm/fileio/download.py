"""Download a file whole, with a time limit and a checksum."""

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from solider_mm.fileio.atomic import atomic_file

__all__ = ["download", "sha256_of"]

TIMEOUT = 30.0  # seconds without an answer
_BLOCK = 1 << 20
_AGENT = {"User-Agent": "solider_mm"}  # some servers refuse Python's own name


def download(url: str, path: Path, *, sha256: str | None = None) -> Path:
    """Fetch a URL into a file that appears only when it is whole.

    Args:
        url: `http://`, `https://` or `file://`.
        path: File to make or replace; missing folders are made.
        sha256: Expected checksum, as hexadecimal digits.

    Returns:
        The path.

    Raises:
        OSError: If the server does not answer within 30 seconds, refuses or stops
            early, or the file cannot be written.
        ValueError: If the URL is malformed or the checksum differs. Nothing is left
            behind.
    """
    request = urllib.request.Request(url, headers=_AGENT)
    try:
        with (
            urllib.request.urlopen(request, timeout=TIMEOUT) as answer,
            atomic_file(path) as stream,
        ):
            shutil.copyfileobj(answer, stream, _BLOCK)
            stream.flush()
            _check_length(stream.tell(), answer.headers.get("Content-Length"))
            if sha256 is not None:
                check_sha256(Path(stream.name), sha256, url)
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        ConnectionError,
        TimeoutError,
    ) as error:
        is_answer = isinstance(error, urllib.error.HTTPError)  # its text has the code
        reason = error if is_answer else getattr(error, "reason", error)
        raise OSError(
            f"{url} cannot be downloaded ({reason}): check the address and the "
            "network, or download it yourself and give its path"
        ) from error
    return path


def _check_length(received: int, announced: str | None) -> None:
    if announced is not None and received != int(announced):
        raise ConnectionError(f"{received} of {announced} bytes arrived")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def check_sha256(path: Path, expected: str, name: str) -> None:
    """Compare a file with its checksum.

    Args:
        path: File to read.
        expected: Hexadecimal digits; a prefix of at least 8 is enough.
        name: What the message calls the file.

    Raises:
        ValueError: If they differ.
    """
    found = sha256_of(path)
    if not found.startswith(expected.lower()):
        raise ValueError(
            f"{name} has the checksum {found}, expected {expected}: the file is "
            "damaged or another one; remove it and download it again"
        )
