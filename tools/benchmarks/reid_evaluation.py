"""Time and memory of ReIDMetric, and re-ranking against straightforward numpy.

    python tools/benchmarks/reid_evaluation.py
    python tools/benchmarks/reid_evaluation.py --queries 11659 --gallery 82161

Features are drawn around one centre per person. The two ways of re-ranking run in one
process in alternating order, so that a busy machine slows both; the figure to read is
the ratio (numpy / ours, above 1 means ours is faster) and the largest difference of
the distances.
"""

import argparse
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from solider_mm.evaluation.reid_metric import ReIDMetric, k_reciprocal_rerank

Table = NDArray[Any]


class PeakMemory:
    """Peak resident memory of the process above that at the start, in GiB."""

    def __enter__(self) -> "PeakMemory":
        self._done = threading.Event()
        self._start = self._peak = resident_bytes()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            self._peak = max(self._peak, resident_bytes())

    @property
    def extra(self) -> float:
        """GiB above the start."""
        return (self._peak - self._start) / 2**30


def main() -> None:
    """Print both results."""
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    time_metric(rng, args)
    compare_reranking(rng, args)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--queries", type=int, default=3368, help="for the metric")
    parser.add_argument("--gallery", type=int, default=15913, help="for the metric")
    parser.add_argument("--channels", type=int, default=768, help="of a feature")
    parser.add_argument("--rerank", action="store_true", help="in the metric as well")
    parser.add_argument(
        "--rerank-size",
        type=int,
        nargs=2,
        default=(500, 3000),
        help="queries and gallery images of the comparison",
    )
    parser.add_argument("--repeats", type=int, default=3, help="of the comparison")
    parser.add_argument(
        "--threads", type=int, default=0, help="CPU threads; 0: torch's"
    )
    return parser.parse_args()


def time_metric(rng: np.random.Generator, args: argparse.Namespace) -> None:
    """Evaluate as after a test run: features are already collected."""
    total = args.queries + args.gallery
    people, features = draw(rng, total, 751, args.channels)
    cameras = rng.integers(0, 6, total)
    metric = ReIDMetric(rerank=args.rerank)
    for index in range(total):
        sample = {
            "feature": torch.from_numpy(features[index]),
            "person_id": people[index],
            "camera_id": cameras[index],
            "is_query": index < args.queries,
            "img_path": f"{index}.jpg",
        }
        metric.process({}, [sample])
    with PeakMemory() as memory:
        start = time.perf_counter()
        result = metric.evaluate(total)
        seconds = time.perf_counter() - start
    print(
        f"ReIDMetric{' with re-ranking' if args.rerank else ''}, {args.queries} × "
        f"{args.gallery} × {args.channels}: {seconds:.2f} s, "
        f"{memory.extra:.2f} GiB extra, mAP {result['reid/mAP']:.2f}"
    )


def compare_reranking(rng: np.random.Generator, args: argparse.Namespace) -> None:
    """Time k_reciprocal_rerank and the numpy implementation in turn."""
    num_queries, num_gallery = args.rerank_size
    _, features = draw(rng, num_queries + num_gallery, 150, args.channels)
    query, gallery = features[:num_queries], features[num_queries:]
    ours, theirs = [], []
    for _ in range(args.repeats):
        start = time.perf_counter()
        result = k_reciprocal_rerank(query, gallery)
        middle = time.perf_counter()
        expected = numpy_rerank(query, gallery)
        ours.append(middle - start)
        theirs.append(time.perf_counter() - middle)
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    print(
        f"re-ranking {num_queries} × {num_gallery} × {args.channels}: "
        f"ours {statistics.median(ours):.2f} s, numpy {statistics.median(theirs):.2f} "
        f"s, ratio {ratio:.1f}, largest difference {abs(result - expected).max():.1e}"
    )


def draw(
    rng: np.random.Generator, total: int, num_people: int, channels: int
) -> tuple[Table, Table]:
    """Person numbers (M,) and unit features (M, C) float32."""
    people = rng.integers(0, num_people, total)
    centres = rng.standard_normal((num_people, channels), np.float32)
    features = centres[people]
    features += 1.5 * rng.standard_normal((total, channels), np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return people, features


def numpy_rerank(
    query: Table, gallery: Table, k1: int = 20, k2: int = 6, share: float = 0.3
) -> Table:
    """Re-rank with dense tables and a loop over images, in float64."""
    points = np.concatenate([query, gallery]).astype(np.float64)
    squares = np.square(points).sum(axis=1)
    distance = squares[:, None] + squares - 2 * points @ points.T
    distance /= distance.max(axis=1, keepdims=True)
    nearest = np.argsort(distance, axis=1)
    encoding = np.zeros_like(distance)
    for image in range(len(points)):
        known = reciprocal(nearest, image, k1)
        members = known
        for other in known:
            theirs = reciprocal(nearest, other, round(k1 / 2))
            if len(np.intersect1d(theirs, known)) > 2 / 3 * len(theirs):
                members = np.append(members, theirs)
        members = np.unique(members)
        weights = np.exp(-distance[image, members])
        encoding[image, members] = weights / weights.sum()
    encoding = np.stack([encoding[near[:k2]].mean(axis=0) for near in nearest])
    holders = [np.flatnonzero(column) for column in encoding.T]
    shared = np.zeros((len(query), len(points)))
    for row, weights in zip(shared, encoding, strict=False):
        for member in np.flatnonzero(weights):
            images = holders[member]
            row[images] += np.minimum(weights[member], encoding[images, member])
    jaccard = 1 - shared / (2 - shared)
    result = (1 - share) * jaccard + share * distance[: len(query)]
    return result[:, len(query) :]


def reciprocal(nearest: Table, image: int, k: int) -> Table:
    """Neighbours of an image that have it as a neighbour."""
    forward = nearest[image, : k + 1]
    return forward[(nearest[forward, : k + 1] == image).any(axis=1)]


def resident_bytes() -> int:
    """Resident memory of this process (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError("/proc/self/status has no VmRSS; memory is measured on Linux.")


if __name__ == "__main__":
    main()
