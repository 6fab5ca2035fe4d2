"""The reference's semantic labels: two k-means fits per crop, on the CPU."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import ThreadpoolController

__all__ = ["label_crop", "label_crops"]

_THREADS = ThreadpoolController()


def label_crops(
    features: NDArray[np.float32], num_parts: int = 3
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Label the crops one by one, in one thread.

    On so few numbers more threads only wait for each other; two of them took 7 to 15
    times as long where another process ran.

    Args:
        features: Teacher maps at λ = 1, (B, C, H, W).
        num_parts: N.

    Returns:
        Labels (M, H, W) of the kept crops, 0 background, 1…N from top to bottom, and
        which crops they are, (M,).

    Source:
        docs/reference.md §2.5 (3).
    """
    with _THREADS.limit(limits=1):
        found = [label_crop(crop, num_parts) for crop in features]
    kept = [i for i, labels in enumerate(found) if labels is not None]
    labels = [labels for labels in found if labels is not None]
    shape = (-1, *features.shape[2:])
    return np.array(labels, np.int64).reshape(shape), np.array(kept, np.int64)


def label_crop(
    feature: NDArray[np.float32], num_parts: int
) -> NDArray[np.int64] | None:
    """Label the tokens of one crop.

    Ten restarts were scikit-learn's default at the time.

    Args:
        feature: (C, H, W).
        num_parts: N.

    Returns:
        (H, W), or None if no more than half of the tokens are foreground.
    """
    tokens = feature.reshape(feature.shape[0], -1).T  # (L, C)
    norms = np.linalg.norm(tokens, axis=1, keepdims=True)
    split = KMeans(2, n_init=10, random_state=0).fit(norms)
    foreground = split.labels_ == split.cluster_centers_[:, 0].argmax()
    if foreground.sum() <= len(tokens) / 2:
        return None
    fit = KMeans(num_parts, n_init=10, random_state=0).fit(tokens[foreground])
    rows = np.nonzero(foreground)[0] // feature.shape[2]
    order = np.argsort([rows[fit.labels_ == part].mean() for part in range(num_parts)])
    labels = np.zeros(len(tokens), dtype=np.int64)
    labels[foreground] = order.argsort()[fit.labels_] + 1
    return labels.reshape(feature.shape[1:])
