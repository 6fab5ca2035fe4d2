"""Time `SemanticClusterer` against two scikit-learn k-means fits per image.

The baseline is the official procedure (`reference/clustering.py`): for every image
a two-means on the token norms, then, where more than half the tokens are foreground, an
N-means on their vectors, each with ten restarts on the CPU. Both sides run in turn, in
alternating order, on the same numbers and with the same number of CPU threads.

    python benchmarks/clusterer.py
    python benchmarks/clusterer.py --device cuda --features noise
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.reference.clustering import label_crops
from benchmarks.report import Report
from benchmarks.side_by_side import COMPARED, add_options, alternate, compare, prepared
from solider_mm.models.target_generators import SemanticClusterer

COMPARED_IMAGES = 8


def main(argv: Sequence[str] | None = None) -> int:
    """Run both sides in alternating order and print the ratio."""
    args = parse_args(argv)
    height, width = args.size
    report = Report(
        "clusterer",
        "SemanticClusterer against scikit-learn, image by image",
        ["features", *COMPARED],
    )
    with prepared(args):
        features = sample_features(args)
        array, moved = features.numpy(), features.to(args.device)
        clusterer = SemanticClusterer(num_parts=args.parts)
        calls = {
            "ours": lambda _: clusterer(moved),
            "scikit-learn": lambda _: label_crops(array, args.parts),
        }
        times = alternate(calls, args.repeats, device=args.device)
        report.add(args.features, *compare(times["ours"], times["scikit-learn"]))
        report.note(
            f"{args.images} maps of {height}×{width}×{args.channels}, {args.parts} "
            f"parts, ours on {args.device}. {compare_inertia(array, clusterer, args)}"
        )
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=96, help="crops in a batch")
    parser.add_argument("--size", type=int, nargs=2, default=(8, 4), metavar=("H", "W"))
    parser.add_argument("--channels", type=int, default=768)
    parser.add_argument("--parts", type=int, default=3)
    parser.add_argument(
        "--features",
        choices=("bodies", "noise"),
        default="bodies",
        help="'bodies': parts one above the other on a weaker background; 'noise': "
        "nothing to find, the slowest case for both",
    )
    add_options(
        parser,
        "--repeats",
        "--threads",
        "--device",
        "--record",
        "--document",
        threads=1,
    )
    return parser.parse_args(argv)


def sample_features(args: argparse.Namespace) -> Tensor:
    """Draw feature maps ``(B, C, H, W)``."""
    generator = torch.Generator().manual_seed(0)
    height, width = args.size
    shape = (args.images, args.channels, height, width)
    features = torch.randn(shape, generator=generator)
    if args.features == "bodies":
        centers = torch.randn(args.parts, args.channels, generator=generator)
        rows = torch.arange(height) * args.parts // height
        features = features + centers[rows].T.reshape(1, -1, height, 1)
        features[..., -1] *= 0.5  # background: the last column
    return features


def compare_inertia(
    features: NDArray[np.float32],
    clusterer: SemanticClusterer,
    args: argparse.Namespace,
) -> str:
    """Say how good the parts of both sides are, on some images that both keep."""
    features = features[:COMPARED_IMAGES]
    labels, kept = label_crops(features, args.parts)
    theirs = dict(zip(kept.tolist(), labels, strict=True))
    found, own_kept = clusterer(torch.from_numpy(features).to(args.device))
    both = [i for i in own_kept.nonzero().flatten().tolist() if i in theirs]
    if not both:
        return "No image was kept by both."
    ours = sum(inertia_of(features[i], found[i].cpu().numpy()) for i in both)
    other = sum(inertia_of(features[i], theirs[i]) for i in both)
    return f"Part inertia, ours / theirs, {len(both)} images: {ours / other:.4f}."


def inertia_of(feature: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Sum squared distances of the foreground tokens to their part's mean.

    Args:
        feature: ``(C, H, W)``.
        labels: ``(H, W)``.
    """
    parts = [feature[:, labels == part].T for part in np.unique(labels[labels > 0])]
    return float(sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts))


if __name__ == "__main__":
    sys.exit(main())
