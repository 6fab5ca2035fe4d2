"""Bring weights to this machine: a path, a URL, the Hugging Face Hub, or embedded."""

import os
from pathlib import Path

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.checkpoints.locations import cached_download
from solider_mm.fileio.download import check_sha256

__all__ = ["fetch_weights"]

_HUB = "hf://"


def fetch_weights(location: str | Path, *, sha256: str | None = None) -> Path:
    """Bring weights to this machine.

    Args:
        location: A path, an `http(s)` URL, `hf://owner/name` or
            `hf://owner/name/file` (extra `[hub]`), or `"embedded"`.
        sha256: Expected checksum.

    Returns:
        A local file. Downloads are cached below `SOLIDER_MM_CACHE`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the checksum differs.
        OSError: If the download fails.
        ImportError: If `hf://` is asked for without the extra.
    """
    text = os.fspath(location)
    if text in EMBEDDED_CHECKPOINTS:
        return EMBEDDED_CHECKPOINTS[text]
    if text.startswith(_HUB):
        path = _from_hub(text)
    elif "://" in text:
        path = cached_download(text, sha256=sha256)
    else:
        path = Path(text).expanduser()
        if not path.is_file():
            raise FileNotFoundError(
                f"no checkpoint at {path}: check the path, or download the file first"
            )
    if sha256 is not None:
        check_sha256(path, sha256, text)
    return path


def _from_hub(location: str) -> Path:
    owner, _, rest = location.removeprefix(_HUB).partition("/")
    name, *file = rest.split("/", 1)
    if not owner or not name:
        raise ValueError(
            f"{location} names no file: expected hf://OWNER/NAME or "
            "hf://OWNER/NAME/FILE"
        )
    try:
        from huggingface_hub import hf_hub_download  # noqa: PLC0415  optional extra
    except ImportError as error:
        raise ImportError(
            f"{location} needs huggingface_hub: run `pip install 'solider_mm[hub]'`"
        ) from error
    return Path(hf_hub_download(f"{owner}/{name}", (file or ["model.safetensors"])[0]))
