"""Linear probe of joints on tokens."""

import torch
from torch import Tensor

from solider_mm.evaluation.semantic_weight.bootstrap import Statistic
from solider_mm.evaluation.semantic_weight.linear_probe import (
    PRIOR,
    fit_linear,
    standardize,
)

__all__ = ["pose_probe"]


def pose_probe(
    fit_maps: Tensor,
    fit_keypoints: Tensor,
    maps: Tensor,
    keypoints: Tensor,
    image_size: tuple[int, int],
) -> Statistic:
    """Share of joints that a linear classifier of tokens finds.

    Of every joint the token with the largest logit is taken. It is found if it is the
    joint's own token or one of the four beside it.

    Args:
        fit_maps: Maps the classifiers are fitted on, (B', C, h, w).
        fit_keypoints: Their joints (B', J, 3): x and y in pixels, visibility.
        maps: Maps of other images, (B, C, h, w).
        keypoints: Their joints (B, J, 3).
        image_size: (H, W) of the images.

    Returns:
        The statistic, in percent, of counts (R, B).
    """
    size = (maps.shape[2], maps.shape[3])
    fit_places, fit_labeled = _token_places(fit_keypoints, image_size, size)
    places, labeled = _token_places(keypoints, image_size, size)  # (B, J, 2), (B, J)
    flat = fit_places[..., 0] * size[1] + fit_places[..., 1]  # (B', J)
    targets = torch.zeros(*flat.shape, size[0] * size[1])  # (B', J, L)
    targets.scatter_(2, flat[..., None], fit_labeled[..., None].float())
    fitted, held_out = standardize(_tokens(fit_maps).flatten(0, 1), _tokens(maps))
    layer = fit_linear(
        fitted,
        targets.transpose(1, 2).flatten(0, 1),
        flat.shape[1],
        PRIOR / len(fit_maps),
    )
    best = layer(held_out).argmax(1)  # (B, J)
    row, column = best // size[1], best % size[1]
    distance = (row - places[..., 0]).abs() + (column - places[..., 1]).abs()
    found = ((distance <= 1) & labeled).sum(1).double()  # (B,)
    total = labeled.sum(1).double()
    return lambda counts: 100 * (counts @ found) / (counts @ total)


def _tokens(maps: Tensor) -> Tensor:
    return maps.flatten(2).transpose(1, 2)


def _token_places(
    keypoints: Tensor, image_size: tuple[int, int], size: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Row and column of every joint's token, (B, J, 2), and whether it has a label."""
    scale = torch.tensor([size[0] / image_size[0], size[1] / image_size[1]])
    places = (keypoints[..., :2].flip(-1) * scale).floor().long()
    inside = ((places >= 0) & (places < torch.tensor(size))).all(-1)
    limit = torch.tensor(size) - 1
    return places.clamp(min=0).minimum(limit), inside & (keypoints[..., 2] > 0)
