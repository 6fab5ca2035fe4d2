"""Sizes of a Swin: the named architectures and custom ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

__all__ = ["SwinArch", "named_arch"]


@dataclass(frozen=True)
class SwinArch:
    """Width and depth of a Swin, with the window and strides it is usually run with.

    Attributes:
        embed_dims: Channels of the first stage; each later stage has twice as many.
        depths: Number of blocks of each stage.
        num_heads: Attention heads of each stage; they divide its channels.
        window_size: Default side of an attention window, in tokens.
        strides: Default strides of the patches and of the merging before each later
            stage; empty stands for (4, 2, 2, …).
    """

    embed_dims: int
    depths: tuple[int, ...]
    num_heads: tuple[int, ...]
    window_size: int = 7
    strides: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Fill in the strides of the original Swin."""
        if not self.strides:
            strides = (4, *(2,) * (len(self.depths) - 1))
            object.__setattr__(self, "strides", strides)

    @classmethod
    def of(cls, arch: str | Mapping[str, Any]) -> "SwinArch":
        """Look up a named architecture, or check a custom one.

        Args:
            arch: Name, or mapping of embed_dims, depths and num_heads.

        Returns:
            The architecture.

        Raises:
            ValueError: If the name is unknown or the sizes do not fit together.
        """
        if isinstance(arch, str):
            if arch not in _NAMED:
                raise ValueError(
                    f"arch={arch!r} is unknown: use one of {sorted(_NAMED)} or a dict "
                    "of embed_dims, depths and num_heads"
                )
            return _NAMED[arch]
        if set(arch) != {"embed_dims", "depths", "num_heads"}:
            raise ValueError(
                f"arch has keys {sorted(arch)}: expected exactly embed_dims, depths "
                "and num_heads"
            )
        depths, num_heads = tuple(arch["depths"]), tuple(arch["num_heads"])
        self = cls(arch["embed_dims"], depths, num_heads)
        if not depths or len(depths) != len(num_heads) or min(depths) < 1:
            raise ValueError(
                f"depths={depths} and num_heads={num_heads}: expected one number of at "
                "least 1 per stage in both"
            )
        if any(c % n for c, n in zip(self.num_features, num_heads, strict=True)):
            raise ValueError(
                f"num_heads={num_heads} must divide the channels of the stages, "
                f"{self.num_features}"
            )
        return self

    @property
    def num_features(self) -> list[int]:
        """Channels C_i of every stage."""
        return [self.embed_dims * 2**i for i in range(len(self.depths))]

    def drop_paths(self, rate: float) -> list[list[float]]:
        """Drop rate of every block, stage by stage, rising from 0 to `rate`.

        Args:
            rate: Drop rate of the last block.

        Returns:
            Drop rates of the blocks, one list per stage.
        """
        steps = max(sum(self.depths) - 1, 1)
        rates = [rate * block / steps for block in range(sum(self.depths))]
        ends = list(accumulate(self.depths))
        return [rates[e - d : e] for d, e in zip(self.depths, ends, strict=True)]


_NAMED = {
    "nano": SwinArch(40, (1, 1, 2), (1, 2, 4), window_size=4, strides=(4, 2, 1)),
    "mini": SwinArch(64, (2, 2, 6), (2, 4, 8), window_size=8, strides=(4, 2, 1)),
    "tiny": SwinArch(96, (2, 2, 6, 2), (3, 6, 12, 24)),
    "small": SwinArch(96, (2, 2, 18, 2), (3, 6, 12, 24)),
    "base": SwinArch(128, (2, 2, 18, 2), (4, 8, 16, 32)),
}


def named_arch(
    embed_dims: int, depths: Sequence[int], num_heads: Sequence[int]
) -> str | dict[str, Any]:
    """Find the name of an architecture by its sizes.

    Args:
        embed_dims: Channels of the first stage.
        depths: Number of blocks of each stage.
        num_heads: Attention heads of each stage.

    Returns:
        Name, or the sizes as a custom `arch` if no named one has them.
    """
    for name, arch in _NAMED.items():
        if (arch.embed_dims, arch.depths, arch.num_heads) == (
            embed_dims,
            tuple(depths),
            tuple(num_heads),
        ):
            return name
    return {
        "embed_dims": embed_dims,
        "depths": tuple(depths),
        "num_heads": tuple(num_heads),
    }
