"""Names of images within tar shards."""

import os

from solider_mm.fileio.images import is_image_name

__all__ = ["MemberNames"]

_NO_PART = (b"", b".", b"..")  # of a path: what tars leave out


class MemberNames:
    """Names of members, no two of which WebDataset would take for one sample.

    It groups neighboring members whose paths are equal up to the first dot of the file
    name. So a name stays as it is, unless it has more dots or an image before it has
    the same one up to the ending: then the image's number is put in.
    """

    def __init__(self) -> None:
        self.taken: set[bytes] = set()
        self.last = b""

    def start_shard(self) -> None:
        """Forget all names but the last: further back are none of its neighbors."""
        self.taken = {self.last}

    def member(self, name: bytes, position: int) -> bytes:
        """Return the member's name of the next image.

        Args:
            name: Path of the image, relative to the folder of all.
            position: Its number among all.

        Raises:
            ValueError: It does not end like an image's, so that no reader would take
                it for one.
        """
        if not is_image_name(name):
            raise ValueError(
                f"{os.fsdecode(name)!r} would not be found again in a shard: "
                "expected a name that ends in .jpg, .png or the like; rename it"
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
