"""Files in object stores, read by fsspec."""

import fsspec
from mmengine.fileio import BaseStorageBackend

__all__ = ["ObjectStore", "is_object_store"]

_EXTRAS = {"s3": "solider_mm[s3]", "gs": "gcsfs"}


def is_object_store(url: str) -> bool:
    """Whether a URL is of a store that fsspec reads: `s3://` or `gs://`.

    Args:
        url: URL of a file.

    Returns:
        True for these two schemes.
    """
    return url.partition("://")[0] in _EXTRAS


class ObjectStore(BaseStorageBackend):
    """Backend of the store of a URL; fsspec finds credentials and endpoint itself.

    Args:
        url: URL of a file in the store.

    Raises:
        ImportError: If the package of the store is not installed.
    """

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        try:
            fsspec.get_filesystem_class(scheme)
        except ImportError as error:
            raise ImportError(
                f"{url} needs a package for {scheme}:// that is not installed: run "
                f"`pip install '{_EXTRAS[scheme]}'`"
            ) from error

    def get(self, filepath: str) -> bytes:
        """Return the content of a file.

        Args:
            filepath: URL of the file.

        Returns:
            The bytes.
        """
        with fsspec.open(filepath, "rb") as stream:
            return bytes(stream.read())

    def get_text(self, filepath: str) -> str:
        """Return the content of a text file.

        Args:
            filepath: URL of the file.

        Returns:
            The text.
        """
        return self.get(filepath).decode()
