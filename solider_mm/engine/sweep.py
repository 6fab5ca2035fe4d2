"""Variants of a config: every combination of some values, for every seed."""

import itertools
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Variant", "expand_variants", "read_search_args"]


@dataclass(frozen=True)
class Variant:
    """One training of a sweep.

    Attributes:
        name: Name of its work folder.
        values: Axis to value.
        seed: Seed of the training.
    """

    name: str
    values: Mapping[str, Any]
    seed: int

    def overrides(self) -> dict[str, Any]:
        """Values by config key; the keys of an axis are separated by commas."""
        options = {
            key.strip(): value
            for axis, value in self.values.items()
            for key in axis.split(",")
        }
        return options | {"randomness.seed": self.seed}


def expand_variants(
    axes: Mapping[str, Sequence[Any]], seeds: Sequence[int]
) -> list[Variant]:
    """List all combinations of values and seeds.

    Args:
        axes: Config key, or several separated by commas, to the values they take.
        seeds: Seeds of the trainings.

    Returns:
        Variants, the seeds of a combination one after the other.

    Raises:
        ValueError: If an axis or the seeds are empty, or two variants share a name.
    """
    empty = [axis for axis, values in axes.items() if not values]
    if not axes or empty or not seeds:
        raise ValueError(
            f"axes={dict(axes)} and seeds={list(seeds)}: expected at least one axis, "
            "one value on every axis and one seed."
        )
    variants = []
    for combination in itertools.product(*axes.values()):
        values = dict(zip(axes, combination, strict=True))
        words = [f"{_short(axis)}={value}" for axis, value in values.items()]
        stem = "_".join(words).replace("/", "-").replace(" ", "")
        variants += [Variant(f"{stem}_seed={seed}", values, seed) for seed in seeds]
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise ValueError(
            f"variants share a work folder: {sorted(names)}; remove repeated values, "
            "or axes whose keys end alike."
        )
    return variants


def read_search_args(text: str) -> dict[str, list[str]]:
    """Read axes as `mim gridsearch --search-args` takes them.

    Args:
        text: For example `--optim_wrapper.optimizer.lr 1e-3 1e-2 --max_epochs 5 10`.

    Returns:
        Config key to words; `--cfg-options` reads their types.

    Raises:
        ValueError: If the first word is no option.
    """
    axes: dict[str, list[str]] = {}
    for word in shlex.split(text):
        if word.startswith("--"):
            axes[word.removeprefix("--")] = values = []
        elif not axes:
            raise ValueError(
                f"--search-args starts with {word!r}: expected --KEY VALUE VALUE …"
            )
        else:
            values.append(word)
    return axes


def _short(axis: str) -> str:
    """Last part of the first key of an axis."""
    return axis.split(",", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1].strip()
