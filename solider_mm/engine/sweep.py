"""Variants of a config: every combination of some values, for every seed."""

import itertools
import shlex
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Variant", "expand_variants", "format_table", "read_search_args"]


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

    @property
    def title(self) -> str:
        """Its values, the same for every seed."""
        return self.name.rpartition("_seed=")[0]

    def label(self, axis: str) -> str:
        """Short name of an axis with its value, as in `name`."""
        return _label(axis, self.values[axis])

    def overrides(self, axes: Sequence[str] | None = None) -> dict[str, Any]:
        """Values by config key; the keys of an axis are separated by commas.

        Args:
            axes: Axes to take; None takes all.

        Returns:
            Config key to value.
        """
        return {
            key.strip(): self.values[axis]
            for axis in (self.values if axes is None else axes)
            for key in axis.split(",")
        }


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
        stem = "_".join(_label(axis, value) for axis, value in values.items())
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


def format_table(
    found: Mapping[str, Mapping[str, Mapping[float, Sequence[float]]]],
) -> str:
    """Lay out a Markdown table: a row per combination of values, a column per probe.

    Args:
        found: Combination of values to probe to λ to one value per seed.

    Returns:
        Mean and standard deviation over seeds, from the smallest λ to the largest.
    """
    names = list(next(iter(found.values()), {}))
    lines = [f"| variant | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for title, probes in found.items():
        cells = []
        for name in names:
            digits = 3 if name == "part_geometry" else 1
            ends = [probes[name][weight] for weight in sorted(probes[name])]
            cells.append(" → ".join(_mean_and_spread(v, digits) for v in ends))
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean_and_spread(values: Sequence[float], digits: int) -> str:
    mean = f"{statistics.fmean(values):.{digits}f}"
    if len(values) < 2:
        return mean
    return f"{mean} ± {statistics.stdev(values):.{digits}f}"


def _label(axis: str, value: Any) -> str:
    """Last part of the first key of an axis, and its value."""
    key = axis.split(",", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1].strip()
    return f"{key}={value}".replace("/", "-").replace(" ", "")
