"""Put boxes of noise over person images, for a whole batch at once."""

import torch
from torch import Tensor

__all__ = ["check_erasing", "erase_random_boxes"]

_ATTEMPTS = 10  # boxes drawn for an image; the first that fits is taken


def check_erasing(
    probability: float, area: tuple[float, float], aspect: tuple[float, float]
) -> None:
    """Check the settings of `erase_random_boxes`.

    Raises:
        ValueError: A setting is out of range.
    """
    if not 0 <= probability <= 1:
        raise ValueError(
            f"probability of erasing {probability}: expected 0 (never) to 1 (always)"
        )
    if not 0 < area[0] <= area[1] < 1:
        raise ValueError(
            f"erased area {tuple(area)}: expected two growing fractions of the image "
            "between 0 and 1, such as (0.02, 1 / 3)"
        )
    if not 0 < aspect[0] <= aspect[1]:
        raise ValueError(
            f"erased aspect {tuple(aspect)}: expected two growing positive ratios of "
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
    """Replace one box of each chosen image by Gaussian noise, pixel by pixel.

    A box that would reach from edge to edge is drawn anew, ten times at most; then the
    image is left as it is. All is drawn on the images' device, without waiting for it.

    Args:
        images: `(B, C, H, W)`, normalized: the noise has mean 0 and deviation 1.
        probability: Chance of an image to be chosen.
        area: Smallest and largest share of the image, drawn uniformly.
        aspect: Smallest and largest height / width, drawn uniformly in the logarithm.
        generator: Random numbers, of the images' device; `None` takes the global.

    Returns:
        `(B, C, H, W)` copy with noise.

    Source:
        Random erasing (Zhong et al., 2020) with the settings of docs/reference.md §4.3.
    """
    boxes = _draw_boxes(images, area, aspect, generator)
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


def _draw_boxes(
    images: Tensor,
    area: tuple[float, float],
    aspect: tuple[float, float],
    generator: torch.Generator | None,
) -> Tensor:
    """Draw a box per image: `(B, 4)` top, left, height, width; 0 where none fits."""
    batch, _, height, width = images.shape
    share, shape = _uniform(images, (2, batch, _ATTEMPTS), generator)  # (B, attempts)
    pixels = height * width * (area[0] + (area[1] - area[0]) * share)
    ratio = aspect[0] * (aspect[1] / aspect[0]) ** shape
    boxes = torch.stack([pixels * ratio, pixels / ratio]).sqrt().round()
    fits = (boxes[0] < height) & (boxes[1] < width)  # (B, attempts)
    first = fits.int().argmax(dim=1, keepdim=True)
    none = ~fits.any(dim=1)
    rows, columns = (box.gather(1, first)[:, 0].masked_fill(none, 0) for box in boxes)
    place = _uniform(images, (2, batch), generator)
    top = (place[0] * (height - rows + 1)).floor().minimum(height - rows)
    left = (place[1] * (width - columns + 1)).floor().minimum(width - columns)
    return torch.stack([top, left, rows, columns], dim=1)


def _pixels_of(boxes: Tensor, images: Tensor) -> Tensor:
    """Mark the pixels of one box per image: `(B, H, W)` bool."""
    top, left, height, width = boxes.unsqueeze(-1).unbind(dim=1)  # (B, 1) each
    rows = torch.arange(images.shape[2], device=images.device)
    columns = torch.arange(images.shape[3], device=images.device)
    in_rows = (rows >= top) & (rows < top + height)  # (B, H)
    in_columns = (columns >= left) & (columns < left + width)  # (B, W)
    return in_rows.unsqueeze(2) & in_columns.unsqueeze(1)
