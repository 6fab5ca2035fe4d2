"""Recognize a file by its first bytes, before anything in it is decoded."""

import zipfile
from pathlib import Path

__all__ = ["is_safetensors", "require_checkpoint_file"]

_HEAD = 512
_MIB = 2**20
# First bytes of files that are often mistaken for a checkpoint, and the remedy.
_OTHER_KINDS = {
    b"version https://git-lfs": (
        "a Git LFS pointer, not the file itself: run `git lfs pull` in that "
        "repository, or download the file"
    ),
    b"<": "a web page, not a checkpoint: use the link of the file itself",
    b"\x93NUMPY": "a NumPy array, not a checkpoint",
    b"\x1f\x8b": "a gzip archive: unpack it first",
    b"BZh": "a bzip2 archive: unpack it first",
    b"\xfd7zXZ": "an xz archive: unpack it first",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
}


def is_safetensors(path: Path) -> bool:
    """Return whether a file begins like a safetensors file, whatever its name."""
    with path.open("rb") as stream:
        head = stream.read(9)
    if len(head) < 9:
        return False
    length = int.from_bytes(head[:8], "little")
    return head[8:] == b"{" and 2 <= length <= path.stat().st_size - 8


def require_checkpoint_file(path: Path) -> None:
    """Refuse files that are no checkpoint, and archives that unpack to far more.

    Args:
        path: File that exists.

    Raises:
        ValueError: If the file is empty, of another kind, or unpacks to more than twice
            its size (torch stores tensors uncompressed).
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head:
        raise ValueError(
            f"{path} is empty: its download or writing was interrupted; fetch it "
            "again, or use an earlier checkpoint"
        )
    for start, kind in _OTHER_KINDS.items():
        if head.lstrip().startswith(start):
            raise ValueError(f"{path} is {kind}")
    if zipfile.is_zipfile(path):
        _check_archive(path)


def _check_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    names = [member.filename for member in members]
    if any(name.endswith("/constants.pkl") for name in names):
        raise ValueError(
            f"{path} is a TorchScript program, which may run any code: save only its "
            "weights, torch.save(model.state_dict(), ...)"
        )
    if not any(name.endswith("data.pkl") for name in names):
        raise ValueError(
            f"{path} is a zip archive of {len(names)} files, not a checkpoint: unpack "
            "it first"
        )
    packed, unpacked = path.stat().st_size, sum(member.file_size for member in members)
    if unpacked > 2 * packed + _MIB:
        raise ValueError(
            f"{path} has {packed / _MIB:.1f} MiB and would unpack to "
            f"{unpacked / _MIB:.1f} MiB, which no saved checkpoint does: fetch it from "
            "another source"
        )
