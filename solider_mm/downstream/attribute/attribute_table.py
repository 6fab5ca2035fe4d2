"""Table of images and binary attributes, shared by the dataset readers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mmengine.logging import print_log
from numpy.typing import ArrayLike, NDArray

__all__ = ["AttributeTable", "binary_labels", "text_list"]


@dataclass(frozen=True)
class AttributeTable:
    """Images with their attributes.

    Attributes:
        images: Paths of N images, relative to the image folder.
        labels: Labels (N, A) uint8, 0 or 1.
        classes: Names of the A attributes, in the order of the columns.

    Raises:
        ValueError: If the numbers of rows or columns differ, there is no image, or a
            name is repeated.
    """

    images: Sequence[str]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        expected = (len(self.images), len(self.classes))
        if self.labels.shape != expected:
            raise ValueError(
                f"the labels have shape {self.labels.shape}, but {expected[0]} images "
                f"and {expected[1]} attributes are named: expected one row per image "
                "and one column per attribute"
            )
        if 0 in expected:
            raise ValueError(
                f"{expected[0]} images with {expected[1]} attributes are named: "
                "expected at least one of each"
            )
        twice = {name for name in self.classes if self.classes.count(name) > 1}
        if twice:
            raise ValueError(
                f"attribute {min(twice)!r} is named twice: expected different names"
            )

    @property
    def positive_ratio(self) -> tuple[float, ...]:
        """Share of positives of each attribute, (A,)."""
        return tuple(self.labels.mean(axis=0, dtype=np.float64).tolist())

    def select(self, classes: Sequence[str]) -> "AttributeTable":
        """Select attributes in the given order.

        Raises:
            ValueError: If a name is unknown.
        """
        unknown = [name for name in classes if name not in self.classes]
        if unknown:
            raise ValueError(
                f"attribute {unknown[0]!r} is unknown: expected names out of "
                f"{', '.join(self.classes)}"
            )
        columns = [self.classes.index(name) for name in classes]
        return AttributeTable(self.images, self.labels[:, columns], tuple(classes))

    def join(self, other: "AttributeTable") -> "AttributeTable":
        """Append the rows of another table with the same attributes."""
        labels = np.concatenate([self.labels, other.labels])
        return AttributeTable([*self.images, *other.images], labels, self.classes)


def binary_labels(values: ArrayLike, source: object) -> NDArray[np.uint8]:
    """Check that values are 0 or 1; 2, the community's "unclear", becomes 0.

    Args:
        values: Numbers (N, A).
        source: Source of the values, for messages.

    Returns:
        Labels (N, A) uint8.

    Raises:
        ValueError: If there is another value.

    Source:
        docs/reference.md §5.2.
    """
    labels = np.asarray(values)
    invalid = labels[~np.isin(labels, (0, 1, 2))]
    if invalid.size:
        raise ValueError(
            f"{source} has the label {invalid.flat[0]}: expected 0 (no), 1 (yes) "
            "or 2 (unclear, taken as no)"
        )
    unclear = int((labels == 2).sum())
    if unclear:
        print_log(
            f"{unclear} of {labels.size} labels in {source} are 2 (unclear) and taken "
            "as 0",
            logger="current",
        )
    return np.where(labels == 1, 1, 0).astype(np.uint8)


def text_list(cells: ArrayLike) -> list[str]:
    """Extract names from the nested cells of a MATLAB file."""
    names = []
    for cell in np.atleast_1d(np.asarray(cells, dtype=object)).ravel():
        inner = cell
        while isinstance(inner, np.ndarray):
            inner = inner.ravel()[0]
        names.append(str(inner).strip())
    return names
