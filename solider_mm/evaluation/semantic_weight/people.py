"""People to measure on, as one batch, with as much truth as is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from solider_mm.functional.image_batch import image_batch

__all__ = ["ProbePeople"]

MIN_IDENTITIES = 10


@dataclass(frozen=True)
class ProbePeople:
    """Person images with their truth; what is None is not measured.

    Attributes:
        images: Normalized batch (M, 3, H, W).
        coarse_parts: Pixel labels (M, H, W), 0 background.
        identities: Person numbers (M,).
        cameras: Camera numbers (M,).
        attributes: 0 or 1, (M, K).
        keypoints: Coordinates x, y in pixels and visibility (M, J, 3), 0 for a joint
            without a label.

    Raises:
        ValueError: If there are too few people.
    """

    images: Tensor
    coarse_parts: Tensor | None = None
    identities: Tensor | None = None
    cameras: Tensor | None = None
    attributes: Tensor | None = None
    keypoints: Tensor | None = None

    def __post_init__(self) -> None:
        number = len(self.units.unique())
        if number < MIN_IDENTITIES:
            raise ValueError(
                f"{number} identities were given: the probe needs at least "
                f"{MIN_IDENTITIES}, since some fit the classifiers and the others test "
                "them; an image without an identity counts as one."
            )

    @property
    def units(self) -> Tensor:
        """What is independent, (M,): the person, or the image where it is unknown."""
        if self.identities is None:
            return torch.arange(len(self.images))
        return self.identities

    @classmethod
    def of(
        cls, people: Sequence[Mapping[str, Any]], size: tuple[int, int]
    ) -> "ProbePeople":
        """Stack people that are given one by one, as `solider_mm.synthetic` does.

        Args:
            people: Mappings with `image` (H, W, 3) uint8 RGB and any of `coarse_parts`
                (H, W), `identity`, `camera`, `attributes` (name to 0 or 1) and
                `keypoints` (J, 3), the same for all.
            size: (H, W) that the images are resized to.

        Returns:
            The people.

        Raises:
            ValueError: If there are too few.
        """
        if not people:
            return cls(torch.zeros(0, 3, *size))
        first = people[0]
        pictures = [torch.from_numpy(person["image"]) for person in people]

        def stack(name: str) -> Tensor | None:
            if name not in first:
                return None
            return torch.stack([torch.as_tensor(person[name]) for person in people])

        parts, keypoints = stack("coarse_parts"), stack("keypoints")
        attributes = None
        if "attributes" in first:
            rows = [list(person["attributes"].values()) for person in people]
            attributes = torch.tensor(rows)
        return cls(
            images=image_batch(pictures, size),
            coarse_parts=None if parts is None else parts.long(),
            identities=stack("identity"),
            cameras=stack("camera"),
            attributes=attributes,
            keypoints=None if keypoints is None else keypoints.float(),
        )
