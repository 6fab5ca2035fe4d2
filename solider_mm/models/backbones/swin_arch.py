"""Sizes of a Swin: the named ones and your own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

__all__ = ["SwinArch"]


@dataclass(frozen=True)
class SwinArch:
    """Width and depth of a Swin.

    Attributes:
        embed_dims: Channels of the first stage; each later stage has twice as many.
        depths: Blocks of each stage.
        num_heads: Attention heads of each stage; they divide its channels.
    """

    embed_dims: int
    depths: tuple[int, ...]
    num_heads: tuple[int, ...]

    @classmethod
    def of(cls, arch: str | Mapping[str, Any]) -> "SwinArch":
        """Look an architecture up, or check one of your own.

        Args:
            arch: A name, or a mapping of embed_dims, depths and num_heads.

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
            rate: Of the last block.

        Returns:
            One list per stage.
        """
        steps = max(sum(self.depths) - 1, 1)
        rates = [rate * block / steps for block in range(sum(self.depths))]
        ends = list(accumulate(self.depths))
        return [rates[e - d : e] for d, e in zip(self.depths, ends, strict=True)]

    def check(
        self,
        window_size: int,
        strides: Sequence[int],
        out_indices: Sequence[int],
        drop_path_rate: float,
        frozen_stages: int,
    ) -> None:
        """Refuse options that do not fit this architecture.

        Args:
            window_size: Side of a window, in tokens.
            strides: Of the patches and of each merging.
            out_indices: Stages to return.
            drop_path_rate: Of the last block.
            frozen_stages: See `SOLIDERSwin`.

        Raises:
            ValueError: If one is outside its range.
        """
        count = len(self.depths)
        strides, indices = tuple(strides), tuple(out_indices)
        merges = set(strides[1:]) <= {1, 2}
        rising = indices == tuple(sorted(set(indices) & set(range(count))))
        for fine, message in (
            (window_size >= 1, f"window_size={window_size}: expected at least 1"),
            (
                len(strides) == count and strides[0] >= 1 and merges,
                f"strides={strides}: expected {count} numbers, the stride of the "
                "patches and then 1 or 2 for each merging",
            ),
            (
                indices and rising,
                f"out_indices={indices}: expected rising stage numbers from 0 to "
                f"{count - 1}",
            ),
            (
                0 <= drop_path_rate < 1,
                f"drop_path_rate={drop_path_rate}: expected a number in [0, 1)",
            ),
            (
                -1 <= frozen_stages <= count,
                f"frozen_stages={frozen_stages}: expected -1 (none) to {count}",
            ),
        ):
            if not fine:
                raise ValueError(message)


_NAMED = {
    "tiny": SwinArch(96, (2, 2, 6, 2), (3, 6, 12, 24)),
    "small": SwinArch(96, (2, 2, 18, 2), (3, 6, 12, 24)),
    "base": SwinArch(128, (2, 2, 18, 2), (4, 8, 16, 32)),
}
