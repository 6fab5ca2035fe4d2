"""Random erasing of a whole batch at once."""

import torch
from torch import Tensor

__all__ = ["check_erasing", "erase_random_boxes"]

_ATTEMPTS = 10  # sampled boxes per image; the first that fits is used


def check_erasing(
    probability: float, area: tuple[float, float], aspect: tuple[float, float]
) -> None:
    """Check the arguments of `erase_random_boxes`.

    Args:
        probability: Probability of erasing.
        area: Smallest and largest share of the image.
        aspect: Smallest and largest height / width.

    Raises:
        ValueError: If an argument is out of range.
    """
    if not 0 <= probability <= 1:
        raise ValueError(
            f"probability of erasing {probability}: expected 0 (never) to 1 (always)"
        )
    if not 0 < area[0] <= area[1] < 1:
        raise ValueError(
            f"erased area {tuple(area)}: expected two ascending fractions of the image "
            "between 0 and 1, such as (0.02, 1 / 3)"
        )
    if not 0 < aspect[0] <= aspect[1]:
        raise ValueError(
            f"erased aspect {tuple(aspect)}: expected two ascending positive ratios of "
            "height to width, such as (0.3, 1 / 0.3)"
        )


def erase_random_boxes(
    images: Tensor,
    *,
    probability: float,
    area: tuple[float, float],
    aspect: tuple[float, float],
    generator: torch.Generator | None = None,
) -> Tensor:
    """Replace a box of each selected image by Gaussian noise, pixel by pixel.

    A box that would span the image is sampled again, at most ten times; then the image
    stays unchanged. All random numbers are sampled on the images' device without
    synchronization.

    Args:
        images: Normalized images (B, C, H, W); the noise has mean 0 and standard
            deviation 1.
        probability: Probability that an image is selected.
        area: Smallest and largest share of the image, sampled uniformly.
        aspect: Smallest and largest height / width, sampled log-uniformly.
        generator: Random generator of the images' device; None uses the global one.

    Returns:
        Copy (B, C, H, W) with noise.

    Source:
        Random erasing (Zhong et al., 2020) with the settings of docs/reference.md §4.3.
    """
    boxes = _sample_boxes(images, area, aspect, generator)
    chosen = _uniform(images, (len(images), 1, 1), generator) < probability
    erased = (_pixels_of(boxes, images) & chosen).unsqueeze(1)  # (B, 1, H, W)
    noise = torch.randn(
        images.shape, generator=generator, device=images.device, dtype=images.dtype
    )
    return torch.where(erased, noise, images)


def _uniform(
    images: Tensor, shape: tuple[int, ...], generator: torch.Generator | None
) -> Tensor:
    return torch.rand(shape, generator=generator, device=images.device)


def _sample_boxes(
    images: Tensor,
    area: tuple[float, float],
    aspect: tuple[float, float],
    generator: torch.Generator | None,
) -> Tensor:
    """Sample a box per image: (B, 4) top, left, height, width; 0 if none fits."""
    batch, _, height, width = images.shape
    share, shape = _uniform(images, (2, batch, _ATTEMPTS), generator)  # (B, attempts)
    pixels = height * width * (area[0] + (area[1] - area[0]) * share)
    ratio = aspect[0] * (aspect[1] / aspect[0]) ** shape
    boxes = torch.stack([pixels * ratio, pixels / ratio]).sqrt().round()
    fits = (boxes[0] < height) & (boxes[1] < width)  # (B, attempts)
    first = fits.int().argmax(dim=1, keepdim=True)
    none = ~fits.any(dim=1)
    rows, columns = (box.gather(1, first)[:, 0].masked_fill(none, 0) for box in boxes)
    offset = _uniform(images, (2, batch), generator)
    top = (offset[0] * (height - rows + 1)).floor().minimum(height - rows)
    left = (offset[1] * (width - columns + 1)).floor().minimum(width - columns)
    return torch.stack([top, left, rows, columns], dim=1)


def _pixels_of(boxes: Tensor, images: Tensor) -> Tensor:
    """Return the mask of one box per image, (B, H, W) bool."""
    top, left, height, width = boxes.unsqueeze(-1).unbind(dim=1)  # (B, 1) each
    rows = torch.arange(images.shape[2], device=images.device)
    columns = torch.arange(images.shape[3], device=images.device)
    in_rows = (rows >= top) & (rows < top + height)  # (B, H)
    in_columns = (columns >= left) & (columns < left + width)  # (B, W)
    return in_rows.unsqueeze(2) & in_columns.unsqueeze(1)
