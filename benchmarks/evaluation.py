"""Time the evaluation of tasks against the same evaluation as plain loops.

The loops are those of `reference`, written from the rules; results have to agree, or
the benchmark fails. `reid` also tells time and extra memory of a whole `ReIDMetric`,
which has no other side.

    python benchmarks/evaluation.py reid --threads 2
    python benchmarks/evaluation.py reid --queries 11659 --gallery 82161
    python benchmarks/evaluation.py citypersons --images 150
    python benchmarks/evaluation.py citypersons --gt val_gt.json --dt dets.json
    python benchmarks/evaluation.py person_search --golden tests/data/golden
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peak_memory import ExtraMemory
from benchmarks.reference.miss_rate import loop_miss_rate
from benchmarks.reference.person_search import loop_mean_ap
from benchmarks.reference.reranking import numpy_rerank
from benchmarks.report import Report
from benchmarks.side_by_side import COMPARED, add_options, alternate, compare, prepared
from benchmarks.synthetic_results import (
    draw_frames,
    read_frames,
    render_scenes,
    sample_features,
)
from solider_mm.evaluation.citypersons.scores import SETTINGS, miss_rate
from solider_mm.evaluation.person_search.protocols import whole_gallery_tasks
from solider_mm.evaluation.person_search.ranking import evaluate_search
from solider_mm.evaluation.person_search.records import Gallery
from solider_mm.evaluation.reid import ReIDMetric, k_reciprocal_rerank


def main(argv: Sequence[str] | None = None) -> int:
    """Print times and their ratio; return the exit code."""
    args = parse_args(argv)
    report = Report(
        f"evaluation {args.subject}",
        f"Evaluation of {args.subject} against plain loops",
        ["what", *COMPARED],
    )
    with prepared(args):
        SUBJECTS[args.subject](report, args)
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    subjects = parser.add_subparsers(dest="subject", required=True)
    reid = subjects.add_parser("reid", help="ReIDMetric and re-ranking")
    reid.add_argument("--queries", type=int, default=3368, help="for the metric")
    reid.add_argument("--gallery", type=int, default=15913, help="for the metric")
    reid.add_argument("--channels", type=int, default=768, help="of a feature")
    reid.add_argument("--rerank", action="store_true", help="in the metric as well")
    reid.add_argument(
        "--rerank-size",
        type=int,
        nargs=2,
        default=(500, 3000),
        help="queries and gallery images of the comparison",
    )
    citypersons = subjects.add_parser("citypersons", help="miss rates")
    citypersons.add_argument("--images", type=int, default=150, help="random images")
    citypersons.add_argument("--people", type=int, default=11, help="per image")
    citypersons.add_argument("--detections", type=int, default=13, help="per image")
    citypersons.add_argument("--gt", type=Path, help="evaluation JSON, not random")
    citypersons.add_argument("--dt", type=Path, help="its detections")
    search = subjects.add_parser("person_search", help="mean average precision")
    search.add_argument("--frames", type=int, default=300)
    search.add_argument("--queries", type=int, default=50)
    search.add_argument("--people", type=int, default=60, help="different people")
    search.add_argument("--channels", type=int, default=256)
    search.add_argument(
        "--golden", type=Path, help="folder of person_search_metrics.*, not random"
    )
    for subject in (reid, citypersons, search):
        add_options(
            subject, "--repeats", "--threads", "--record", "--document", repeats=5
        )
    args = parser.parse_args(argv)
    if args.subject == "citypersons" and (args.gt is None) != (args.dt is None):
        parser.error("give both --gt and --dt, or neither")
    return args


def time_reid(report: Report, args: argparse.Namespace) -> None:
    """The metric as after a test run, then re-ranking on both sides."""
    rng = np.random.default_rng(0)
    report.note(describe_metric(rng, args))
    num_queries, num_gallery = args.rerank_size
    total = num_queries + num_gallery
    _, features = sample_features(rng, total, 150, args.channels)
    query, gallery = features[:num_queries], features[num_queries:]
    compare_sides(
        report,
        f"re-ranking {num_queries} × {num_gallery} × {args.channels}",
        lambda: k_reciprocal_rerank(query, gallery),
        lambda: numpy_rerank(query, gallery),
        args,
        tolerance=1e-5,
    )


def describe_metric(rng: np.random.Generator, args: argparse.Namespace) -> str:
    """Time and extra memory of ReIDMetric on collected features."""
    total = args.queries + args.gallery
    people, features = sample_features(rng, total, 751, args.channels)
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
    with ExtraMemory() as memory:
        start = time.perf_counter()
        result = metric.evaluate(total)
        seconds = time.perf_counter() - start
    return (
        f"ReIDMetric{' with re-ranking' if args.rerank else ''}, {args.queries} × "
        f"{args.gallery} × {args.channels}: {seconds:.2f} s, {memory.extra / 1024:.2f} "
        f"GiB extra, mAP {result['reid/mAP']:.2f}, one run."
    )


def time_citypersons(report: Report, args: argparse.Namespace) -> None:
    """The miss rates of all evaluation settings."""
    if args.gt is None:
        truth, found = render_scenes(args.images, args.people, args.detections)
    else:
        truth = json.loads(args.gt.read_text(encoding="utf-8"))
        found = json.loads(args.dt.read_text(encoding="utf-8"))
    report.note(
        f"{len(truth['images'])} images, {len(truth['annotations'])} boxes, "
        f"{len(found)} detections."
    )
    compare_sides(
        report,
        f"miss rate, {len(SETTINGS)} settings",
        lambda: [miss_rate(truth, found, setting) for setting in SETTINGS],
        lambda: [loop_miss_rate(truth, found, setting) for setting in SETTINGS],
        args,
        tolerance=1e-9,
    )


def time_person_search(report: Report, args: argparse.Namespace) -> None:
    """Mean average precision over the whole gallery."""
    frames, queries = (
        read_frames(args.golden)
        if args.golden
        else draw_frames(args.frames, args.queries, args.people, args.channels)
    )

    def ours() -> float:
        gallery = Gallery(frames)
        tasks = whole_gallery_tasks(gallery, queries)
        return evaluate_search(gallery, queries, tasks).mean_ap

    count = sum(len(frame.scores) for frame in frames)
    report.note(f"{len(frames)} frames, {count} detections, {len(queries)} queries.")
    compare_sides(
        report,
        "mAP of the search",
        ours,
        lambda: loop_mean_ap(frames, queries),
        args,
        tolerance=1e-9,
    )


SUBJECTS = {
    "reid": time_reid,
    "citypersons": time_citypersons,
    "person_search": time_person_search,
}


def compare_sides(
    report: Report,
    what: str,
    ours: Callable[[], object],
    loop: Callable[[], object],
    args: argparse.Namespace,
    tolerance: float,
) -> None:
    """Add a row, once the results are known to agree.

    Raises:
        SystemExit: If they do not.
    """
    own, other = np.asarray(ours()), np.asarray(loop())  # also warms up
    apart = float(np.abs(own - other).max())
    if not apart <= tolerance:
        raise SystemExit(f"{what}: the two sides are {apart:.1e} apart.")
    calls = {"ours": lambda _: ours(), "loop": lambda _: loop()}
    times = alternate(calls, args.repeats, warmup=0)
    report.add(what, *compare(times["ours"], times["loop"]))
    report.note(f"Results of {what} are at most {apart:.0e} apart.")


if __name__ == "__main__":
    sys.exit(main())
