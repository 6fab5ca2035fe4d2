"""Sequences of byte strings in one block of memory."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["PackedNames"]


class PackedNames:
    """A read-only sequence of byte strings in one block.

    Args:
        offsets: Start of each name, and the end of the last, (N + 1,) int64.
        block: All names without separators, uint8.
    """

    def __init__(self, offsets: NDArray[np.int64], block: NDArray[np.uint8]) -> None:
        # A plain view: slicing a memmap object costs several times as much.
        self.offsets = np.asarray(offsets)
        self.block = np.asarray(block)

    @classmethod
    def pack(cls, names: Iterable[bytes]) -> "PackedNames":
        """Concatenate names.

        Args:
            names: Names in order.

        Returns:
            Packed names.
        """
        block, offsets = bytearray(), array("q", [0])
        for name in names:
            block += name
            offsets.append(len(block))
        return cls(
            np.frombuffer(offsets, dtype=np.int64),
            np.frombuffer(bytes(block), dtype=np.uint8),
        )

    @classmethod
    def join(cls, parts: Sequence["PackedNames"]) -> "PackedNames":
        """Concatenate sequences.

        Args:
            parts: Sequences in order.

        Returns:
            All names.
        """
        starts = np.cumsum([0, *(len(part.block) for part in parts)], dtype=np.int64)
        shifted = [
            part.offsets[:-1] - part.offsets[0] + start
            for part, start in zip(parts, starts[:-1], strict=True)
        ]
        return cls(
            np.concatenate([*shifted, starts[-1:]]),
            np.concatenate([*(part.block for part in parts), cls.pack([]).block]),
        )

    def cut(self, start: int, stop: int) -> "PackedNames":
        """Return the names from `start` to `stop` − 1."""
        offsets = self.offsets[start : stop + 1]
        return PackedNames(offsets - offsets[0], self.block[offsets[0] : offsets[-1]])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[bytes]:
        return (self[position] for position in range(len(self)))

    def __getitem__(self, position: int) -> bytes:
        start, stop = self.offsets[position], self.offsets[position + 1]
        return self.block[start:stop].tobytes()
