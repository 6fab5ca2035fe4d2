"""What a consumer feeds, and the normalization that the graph adds to it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD

__all__ = ["EXPECTED_INPUTS", "ExpectedInput"]

# Mean and standard deviation, in 0…255, that a consumer's normalization has.
EXPECTED_INPUTS: dict[str, tuple[Sequence[float], Sequence[float]]] = {
    "0-1": ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
    "0-255": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "imagenet": (IMAGE_MEAN, IMAGE_STD),
}


class ExpectedInput(nn.Module):
    """Turn RGB images as a consumer has them into those that a model was trained on.

    Args:
        expects: `"0-1"` and `"0-255"` for images in that range, `"imagenet"` for images
            normalized by ImageNet's statistics.
        mean: Mean of each channel that the model was trained with, in 0…255.
        std: Standard deviation of each channel, in 0…255.

    Raises:
        ValueError: If `expects` is unknown.
    """

    scale: Tensor
    shift: Tensor
    own_mean: Tensor
    own_std: Tensor
    given_mean: Tensor
    given_std: Tensor

    def __init__(
        self, expects: str, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__()
        if expects not in EXPECTED_INPUTS:
            raise ValueError(
                f"expects is {expects!r}: expected one of {', '.join(EXPECTED_INPUTS)}"
            )
        given_mean, given_std = map(_channels, EXPECTED_INPUTS[expects])
        own_mean, own_std = _channels(mean), _channels(std)
        self.register_buffer("own_mean", own_mean.float())
        self.register_buffer("own_std", own_std.float())
        self.register_buffer("given_mean", given_mean.float())
        self.register_buffer("given_std", given_std.float())
        self.register_buffer("scale", (given_std / own_std).float())
        self.register_buffer("shift", ((given_mean - own_mean) / own_std).float())
        self.is_own = bool((self.scale == 1).all() and (self.shift == 0).all())

    def forward(self, images: Tensor) -> Tensor:
        """Normalize images (B, 3, H, W) as the model expects them."""
        return images if self.is_own else images * self.scale + self.shift

    def from_pixels(self, pixels: Tensor) -> Tensor:
        """Do what a consumer does.

        Args:
            pixels: RGB images (B, 3, H, W) in 0…255.

        Returns:
            What the consumer feeds, (B, 3, H, W).
        """
        return (pixels - self.given_mean) / self.given_std

    def normalize_pixels(self, pixels: Tensor) -> Tensor:
        """Normalize RGB images (B, 3, H, W) in 0…255 as in the model's training."""
        return (pixels - self.own_mean) / self.own_std


def _channels(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1)
