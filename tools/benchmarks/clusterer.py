"""Time `SemanticClusterer` against two scikit-learn k-means fits per image.

The other side is the procedure of the authors' training step as our notes tell it
(reference_facts §2.5, step 3), written here anew: for every image a two-means on the
token norms, then, where more than half the tokens are foreground, an N-means on their
vectors, each with ten restarts on the CPU. Both sides run in turn, in alternating
order, on the same numbers and with the same number of CPU threads.

    python tools/benchmarks/clusterer.py
    python tools/benchmarks/clusterer.py --device cuda --features noise
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits
from torch import Tensor

from solider_mm.models.target_generators import SemanticClusterer


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=96, help="crops in a batch")
    parser.add_argument("--size", type=int, nargs=2, default=(8, 4), metavar=("H", "W"))
    parser.add_argument("--channels", type=int, default=768)
    parser.add_argument("--parts", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=9, help="rounds of both sides")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of both")
    parser.add_argument("--device", default="cpu", help="device of the clusterer")
    parser.add_argument(
        "--features",
        choices=("bodies", "noise"),
        default="bodies",
        help="'bodies': parts one above the other on a weaker background; 'noise': "
        "nothing to find, the slowest case for both",
    )
    return parser.parse_args()


def draw_features(args: argparse.Namespace) -> Tensor:
    """Draw feature maps ``(B, C, H, W)``."""
    generator = torch.Generator().manual_seed(0)
    height, width = args.size
    shape = (args.images, args.channels, height, width)
    features = torch.randn(shape, generator=generator)
    if args.features == "bodies":
        centres = torch.randn(args.parts, args.channels, generator=generator)
        rows = torch.arange(height) * args.parts // height
        features = features + centres[rows].T.reshape(1, -1, height, 1)
        features[..., -1] *= 0.5  # background: the last column
    return features


def cluster_by_scikit_learn(features: NDArray[np.float32], parts: int) -> list[float]:
    """Label the images one by one; give the inertia of every kept one's parts."""
    inertias = []
    for image in features:
        tokens = image.reshape(image.shape[0], -1).T  # (L, C)
        norms = np.linalg.norm(tokens, axis=1, keepdims=True)
        split = KMeans(2, n_init=10, random_state=0).fit(norms)
        foreground = split.labels_ == split.cluster_centers_[:, 0].argmax()
        if foreground.sum() <= len(tokens) / 2:
            continue
        fit = KMeans(parts, n_init=10, random_state=0).fit(tokens[foreground])
        rows = np.nonzero(foreground)[0] // image.shape[2]
        order = np.argsort([rows[fit.labels_ == part].mean() for part in range(parts)])
        labels = np.zeros(len(tokens), dtype=np.int64)
        labels[foreground] = order.argsort()[fit.labels_] + 1
        inertias.append(inertia_of(tokens, labels))
    return inertias


def inertia_of(tokens: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Sum squared distances of foreground tokens ``(L, C)`` to their part's mean."""
    parts = [tokens[labels == part] for part in np.unique(labels[labels > 0])]
    return float(sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts))


def inertias_of_ours(features: Tensor, clusterer: SemanticClusterer) -> list[float]:
    """Give the inertia of every kept image's parts."""
    labels, kept = clusterer(features)
    tokens = features.flatten(2).transpose(1, 2)
    pairs = zip(tokens[kept].cpu(), labels[kept].flatten(1).cpu(), strict=True)
    return [inertia_of(image.numpy(), label.numpy()) for image, label in pairs]


def seconds(call: Callable[[], object], device: str) -> float:
    """Time one call, to the end of its work on the device."""
    start = time.perf_counter()
    call()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - start


def describe(name: str, times: list[float]) -> str:
    """Give the median and the quartiles in milliseconds."""
    low, middle, high = (1e3 * t for t in statistics.quantiles(times, n=4))
    return f"{name:<28}{middle:10.1f} ms   (quartiles {low:.1f} to {high:.1f})"


def main() -> None:
    """Run both sides in alternating order and print the ratio."""
    args = parse_args()
    if args.repeats < 2:
        raise SystemExit(f"--repeats {args.repeats}: expected at least 2 for a spread.")
    torch.set_num_threads(args.threads)
    features = draw_features(args)
    array, moved = features.numpy(), features.to(args.device)
    clusterer = SemanticClusterer(num_parts=args.parts)
    sides = {
        "scikit-learn, per image": lambda: cluster_by_scikit_learn(array, args.parts),
        "SemanticClusterer": lambda: clusterer(moved),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    with threadpool_limits(args.threads):
        theirs = cluster_by_scikit_learn(array[:8], args.parts)  # also warms up
        ours = inertias_of_ours(moved[:8], clusterer)
        for call in sides.values():
            call()
        for repeat in range(args.repeats):
            names = list(sides) if repeat % 2 else list(reversed(sides))
            for name in names:
                times[name].append(seconds(sides[name], args.device))
    print(
        f"{args.images} maps of {args.size[0]}x{args.size[1]}x{args.channels}, "
        f"{args.parts} parts, {args.features}, {args.threads} thread(s), "
        f"clusterer on {args.device}"
    )
    for name, values in times.items():
        print(describe(name, values))
    pairs = zip(*times.values(), strict=True)
    ratios = [slow / fast for slow, fast in pairs]
    print(
        f"ratio {statistics.median(ratios):.1f}x "
        f"(from {min(ratios):.1f} to {max(ratios):.1f}); goal at least 15x"
    )
    if len(ours) == len(theirs) and theirs:
        print(
            f"part inertia, ours / theirs, first 8 images: "
            f"{sum(ours) / sum(theirs):.4f}"
        )


if __name__ == "__main__":
    main()
