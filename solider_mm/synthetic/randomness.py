"""Counter-based random numbers: equal keys give equal numbers, in any order."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

# Independent streams: an additional number in one does not change the others.
IDENTITY, CAMERA, SHOT, BACKGROUND, OCCLUDER, SCENE, SPLIT, SPOT = range(8)

_ATLAS = 1024


def generator(seed: int, stream: int, *keys: int) -> Generator:
    """Return the generator of one item of the synthetic world.

    Args:
        seed: Seed of the whole world, at least 0.
        stream: One of this module's stream constants.
        *keys: Numbers of the item, for example identity, camera and shot.

    Returns:
        Generator that depends on the arguments only.

    Raises:
        ValueError: If the seed or a key is negative.
    """
    words = (seed, stream, *keys)
    if min(words) < 0:
        raise ValueError(
            f"seed and keys must be 0 or larger, got {words}; number seeds, "
            "identities, cameras and shots from 0."
        )
    return np.random.default_rng(words)


@lru_cache(maxsize=1)
def _noise_atlas() -> NDArray[np.float32]:
    """Sample cloud noise once: octaves of smoothed noise, mean 0, deviation 1."""
    rng = np.random.default_rng(20230330)
    total = np.zeros((_ATLAS, _ATLAS), dtype=np.float32)
    for cells, weight in ((16, 1.0), (48, 0.8), (160, 0.6), (512, 0.35)):
        coarse = rng.standard_normal((cells, cells)).astype(np.float32)
        total += weight * cv2.resize(
            coarse, (_ATLAS, _ATLAS), interpolation=cv2.INTER_CUBIC
        )
    return (total - total.mean()) / total.std()


@lru_cache(maxsize=1)
def _grain_atlas() -> NDArray[np.float32]:
    rng = np.random.default_rng(20230331)
    return rng.standard_normal((_ATLAS, _ATLAS), dtype=np.float32)


def _cut(
    atlas: NDArray[np.float32], rng: Generator, size: tuple[int, int]
) -> NDArray[np.float32]:
    height, width = size
    top = int(rng.integers(0, max(1, _ATLAS - height)))
    left = int(rng.integers(0, max(1, _ATLAS - width)))
    piece = atlas[top : top + height, left : left + width]
    if piece.shape != size:
        return _enlarge(atlas, size)
    return piece


def _enlarge(noise: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    wide: NDArray[np.float32] = cv2.resize(
        noise, (size[1], size[0]), interpolation=cv2.INTER_LINEAR
    ).astype(np.float32, copy=False)
    return wide


def clouds(
    rng: Generator, size: tuple[int, int], grain: float = 1.0
) -> NDArray[np.float32]:
    """Cut a piece of cloud noise.

    Args:
        rng: Generator that chooses the piece.
        size: ``(H, W)``.
        grain: Enlargement: 1 is fine, 4 gives clouds four times as wide.

    Returns:
        ``(H, W)`` noise of about mean 0 and deviation 1.
    """
    height, width = size
    if grain <= 1.0:
        return _cut(_noise_atlas(), rng, size)
    small = (max(2, round(height / grain)), max(2, round(width / grain)))
    piece = _cut(_noise_atlas(), rng, small)
    return _enlarge(piece, size)


def grains(rng: Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Cut a piece of white Gaussian noise (sensor grain).

    Args:
        rng: Generator that chooses the piece.
        size: ``(H, W)``.

    Returns:
        ``(H, W)`` noise of mean 0 and deviation 1.
    """
    return _cut(_grain_atlas(), rng, size)
