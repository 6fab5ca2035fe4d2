"""Time the evaluation of person search against a loop over frames and detections.

The other side is written from the rules, query by query, frame by frame and detection
by detection, as the authors' evaluation goes about it (reference_facts §6.4), with its
own code. Both sides run in turn, in alternating order, on the same data and with one
thread; their mAP must agree.

    python tools/benchmarks/person_search_evaluation.py
    python tools/benchmarks/person_search_evaluation.py --golden ../shared/golden
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search_protocols import whole_gallery_tasks
from solider_mm.evaluation.person_search_ranking import evaluate_search
from solider_mm.evaluation.person_search_records import Frame, Gallery, Query

Floats = NDArray[np.floating]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--people", type=int, default=60, help="different people")
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5, help="rounds of both sides")
    parser.add_argument(
        "--golden",
        type=Path,
        help="folder of person_search_metrics.*, instead of drawn",
    )
    return parser.parse_args()


def draw(args: argparse.Namespace) -> tuple[list[Frame], list[Query]]:
    """Draw frames with two to eight people each, most of them found."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(args.people, args.channels))
    frames = []
    for i in range(args.frames):
        ids = rng.permutation(args.people)[: rng.integers(2, 9)]
        corner = rng.uniform(0, 600, (len(ids), 2))
        boxes = np.concatenate(
            [corner, corner + rng.uniform(20, 150, (len(ids), 2))], 1
        )
        vectors = centres[ids] + 2 * rng.normal(size=(len(ids), args.channels))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = boxes + rng.normal(0, 4, boxes.shape)
        frames.append(Frame(f"{i}", boxes, ids, found, rng.random(len(ids)), vectors))
    queries = [
        Query(frame.name, frame.boxes[0], int(frame.person_ids[0]), frame.embeddings[0])
        for frame in frames[: args.queries]
    ]
    return frames, queries


def read_golden(folder: Path) -> tuple[list[Frame], list[Query]]:
    """Read the golden PRW set."""
    table = json.loads((folder / "person_search_metrics.json").read_text())["prw"]
    arrays = np.load(folder / "person_search_metrics.npz")
    offset = arrays["prw_dets_offset"]
    frames = []
    for i, image in enumerate(table["images"]):
        found = arrays["prw_dets"][offset[i] : offset[i + 1]]
        vectors = arrays["prw_feats"][offset[i] : offset[i + 1]]
        boxes = np.array(image["boxes"], dtype=float)
        ids = np.array(image["pids"])
        frames.append(
            Frame(image["img_name"], boxes, ids, found[:, :4], found[:, 4], vectors)
        )
    queries = [
        Query(query["img_name"], np.array(query["box"], float), query["pid"], vector)
        for query, vector in zip(
            table["queries"], arrays["prw_query_box_feats"], strict=True
        )
    ]
    return frames, queries


def overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(shared / (areas - shared))


def loop_over_one_query(frames: Sequence[Frame], query: Query) -> float:
    """AP of a query, frame by frame and detection by detection."""
    ranked: list[tuple[float, bool]] = []
    targets = 0
    for frame in frames:
        if frame.name == query.frame:
            continue
        truth = frame.boxes[frame.person_ids == query.person_id]
        targets += len(truth)
        likeness = frame.embeddings @ query.embedding
        order = [i for i in np.argsort(-likeness) if frame.scores[i] >= 0.5]
        is_open = bool(len(truth))
        for i in order:
            right = False
            if is_open:
                width, height = truth[0][2:] - truth[0][:2]
                least = width * height / ((width + 10) * (height + 10))
                right = overlap(frame.detections[i], truth[0]) >= min(0.5, least)
            is_open = is_open and not right
            ranked.append((float(likeness[i]), right))
    ranked.sort(key=lambda pair: -pair[0])
    hits = [place for place, (_, right) in enumerate(ranked, 1) if right]
    return sum(n / place for n, place in enumerate(hits, 1)) / targets


def seconds(call: Callable[[], float]) -> float:
    """Time one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Run both sides in alternating order and print the ratio."""
    args = parse_args()
    if args.repeats < 2:
        raise SystemExit(f"--repeats {args.repeats}: expected at least 2 for a spread.")
    frames, queries = read_golden(args.golden) if args.golden else draw(args)

    def loop() -> float:
        return float(np.mean([loop_over_one_query(frames, query) for query in queries]))

    def ours() -> float:
        gallery = Gallery(frames)
        tasks = whole_gallery_tasks(gallery, queries)
        return evaluate_search(gallery, queries, tasks).mean_ap

    sides = {"loop": loop, "evaluate_search": ours}
    values = {name: call() for name, call in sides.items()}  # also warms up
    if abs(values["loop"] - values["evaluate_search"]) > 1e-9:
        raise SystemExit(f"the two sides disagree: {values}")
    times: dict[str, list[float]] = {name: [] for name in sides}
    for repeat in range(args.repeats):
        for name in list(sides) if repeat % 2 else list(reversed(sides)):
            times[name].append(seconds(sides[name]))
    count = sum(len(frame.scores) for frame in frames)
    print(
        f"{len(frames)} frames, {count} detections, {len(queries)} queries, "
        f"mAP {values['loop']:.6f} on both sides"
    )
    for name, spent in times.items():
        print(f"{name:<18}{1e3 * statistics.median(spent):10.1f} ms")
    pairs = zip(times["loop"], times["evaluate_search"], strict=True)
    ratios = [slow / fast for slow, fast in pairs]
    print(
        f"ratio {statistics.median(ratios):.1f}x "
        f"(from {min(ratios):.1f} to {max(ratios):.1f})"
    )


if __name__ == "__main__":
    main()
