"""People whose truth is known, as one batch."""

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
    """Person images with their truth, as `solider_mm.synthetic` renders them.

    Attributes:
        images: Normalized batch (M, 3, H, W).
        coarse_parts: Pixel labels (M, H, W), 0 background.
        identities: Person numbers (M,).
        cameras: Camera numbers (M,).
        attributes: 0 or 1, (M, K).
    """

    images: Tensor
    coarse_parts: Tensor
    identities: Tensor
    cameras: Tensor
    attributes: Tensor

    @classmethod
    def of(
        cls, people: Sequence[Mapping[str, Any]], size: tuple[int, int]
    ) -> "ProbePeople":
        """Stack people that are given one by one.

        Args:
            people: Mappings with `image` (H, W, 3) uint8 RGB, `coarse_parts` (H, W),
                `identity`, `camera` and `attributes` (name to 0 or 1); all images of
                one size.
            size: (H, W) that the images are resized to.

        Raises:
            ValueError: If there are too few identities.
        """
        identities = torch.tensor([int(person["identity"]) for person in people])
        num_identities = len(identities.unique())
        if num_identities < MIN_IDENTITIES:
            raise ValueError(
                f"{num_identities} identities were given: the probe needs at least "
                f"{MIN_IDENTITIES}, since some fit the classifiers and the others test "
                "them."
            )
        pictures = [torch.from_numpy(person["image"]) for person in people]
        parts = [torch.from_numpy(person["coarse_parts"]) for person in people]
        return cls(
            images=image_batch(pictures, size),
            coarse_parts=torch.stack(parts).long(),
            identities=identities,
            cameras=torch.tensor([int(person["camera"]) for person in people]),
            attributes=torch.tensor(
                [list(person["attributes"].values()) for person in people]
            ),
        )
