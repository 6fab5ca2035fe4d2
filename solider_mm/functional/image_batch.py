"""One normalized batch of images of any size."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["IMAGE_MEAN", "IMAGE_STD", "image_batch"]

IMAGE_MEAN = (123.675, 116.28, 103.53)
IMAGE_STD = (58.395, 57.12, 57.375)


def image_batch(
    images: Sequence[Tensor],
    size: tuple[int, int],
    mean: tuple[float, float, float] = IMAGE_MEAN,
    std: tuple[float, float, float] = IMAGE_STD,
) -> Tensor:
    """Resize (bicubic, anti-aliased) and normalize RGB images.

    Args:
        images: RGB images (H_i, W_i, 3), uint8 or float in 0…255.
        size: Size (H, W) of the batch.
        mean: Mean of each RGB channel, in 0…255; ImageNet's by default.
        std: Standard deviation of each RGB channel, in 0…255; ImageNet's by default.

    Returns:
        Batch (B, 3, H, W), float32, on the device of the images.

    Raises:
        ValueError: If there is no image, one is not (H, W, 3), or `size` is not
            positive.
    """
    if min(size) < 1:
        raise ValueError(
            f"size is {tuple(size)}: expected a positive height and width; pass for "
            "example (256, 128)."
        )
    if not images:
        raise ValueError("no images were given; pass at least one.")
    resized = []
    for image in images:
        if image.ndim != 3 or image.shape[-1] != 3:
            raise ValueError(
                f"an image has shape {tuple(image.shape)}; expected (H, W, 3), RGB."
            )
        planes = image.permute(2, 0, 1)[None].float()  # (1, 3, H_i, W_i)
        if planes.shape[-2:] != tuple(size):
            planes = F.interpolate(
                planes, size, mode="bicubic", antialias=True, align_corners=False
            ).clamp(0, 255)
        resized.append(planes)
    batch = torch.cat(resized)  # (B, 3, H, W)
    scale = batch.new_tensor(std).view(1, 3, 1, 1)
    return (batch - batch.new_tensor(mean).view(1, 3, 1, 1)) / scale
