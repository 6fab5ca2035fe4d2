"""File backend that writes whole files under a temporary name and renames them."""

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from solider_mm.fileio.atomic import atomic_file

__all__ = ["ATOMIC_BACKEND", "AtomicBackend"]

ATOMIC_BACKEND = {"backend": "solider_mm.atomic"}
"""`backend_args` of mmengine's functions that write a file."""


@register_backend(ATOMIC_BACKEND["backend"], force=True)
class AtomicBackend(LocalBackend):
    """Local files that appear only once they are complete."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file.

        Args:
            obj: Content.
            filepath: File to create or replace.
        """
        with atomic_file(filepath) as stream:
            stream.write(obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = "utf-8") -> None:
        """Write text to a file.

        Args:
            obj: Content.
            filepath: File to create or replace.
            encoding: Encoding of the text.
        """
        self.put(obj.encode(encoding), filepath)
