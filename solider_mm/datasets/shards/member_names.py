"""Member names of images in tar shards."""

import os

from solider_mm.fileio.images import is_image_name

__all__ = ["MemberNames"]

_NO_PART = (b"", b".", b"..")  # path components that tars omit


class MemberNames:
    """Member names that WebDataset reads as separate samples.

    WebDataset groups adjacent members whose paths are equal up to the first dot of the
    file name. A name is kept unless it has more dots, or a previous image has the same
    name up to the suffix. In these cases the number of the image is inserted.
    """

    def __init__(self) -> None:
        self.taken: set[bytes] = set()
        self.last = b""

    def start_shard(self) -> None:
        """Forget all names except the last: earlier ones are not adjacent."""
        self.taken = {self.last}

    def member(self, name: bytes, position: int) -> bytes:
        """Return the member name of the next image.

        Args:
            name: Path of the image, relative to the common folder.
            position: Number of the image.

        Returns:
            Member name.

        Raises:
            ValueError: If the name is hidden or has no image suffix, so that no reader
                would take it for an image.
        """
        if not is_image_name(name):
            raise ValueError(
                f"{os.fsdecode(name)!r} would not be found in a shard: expected a "
                "name that ends in .jpg, .png or similar; rename the file."
            )
        parts = (part for part in name.split(b"/") if part not in _NO_PART)
        *folders, file = parts
        stem, ending = os.path.splitext(file)
        self.last = key = b"/".join([*folders, stem])
        if b"." in stem or key in self.taken:
            number = b"-%09d" % position
            key = b"/".join([*folders, stem.replace(b".", b"_") + number])
        self.taken |= {self.last, key}
        return key + ending
