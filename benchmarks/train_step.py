r"""Time our training step against the baseline, literally written.

One step of SOLIDER: teacher, semantic labels, student, losses, backward, per-tensor
clipping, AdamW, the teacher's average. Both sides start from the same weights and get
the same crops and the same λ in every round; half of the images have λ = 1. The
reference is that of `benchmarks/reference`: two teacher passes, all kept crops
masked, padded attention with a mask made anew, scikit-learn per crop, loops over
parameters.

    python benchmarks/train_step.py --batch 8 --threads 2 --part-times
    python benchmarks/train_step.py --dtype bf16 --images FOLDER
    python benchmarks/train_step.py --device cuda --batch 48 --dtype bf16 \
        --baseline-dtype fp16
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import CropViews, crop_views, synthetic_seed
from benchmarks.part_times import PARTS, PartTimes, watch_literal, watch_ours
from benchmarks.pretraining import (
    OurTraining,
    build_literal,
    build_ours,
    build_solider,
    normalized,
)
from benchmarks.reference.training_step import LiteralTraining
from benchmarks.report import Report
from benchmarks.side_by_side import (
    COMPARED,
    DTYPES,
    add_options,
    alternate,
    compare,
    prepared,
    spread,
)
from solider_mm.engine.allocator import keep_freed_memory

WARM_UP_ROUNDS = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    args = parse_args(argv)
    if args.keep_freed_memory:
        keep_freed_memory()
    report = Report(
        "train_step",
        f"Training step, Swin-{args.arch}, {args.dtype} against the reference in "
        f"{args.baseline_dtype}",
        ["part", *COMPARED],
    )
    with (
        prepared(args),
        crop_views(args.images, args.batch, args.local_views) as views,
    ):
        model = build_solider(
            args.arch, args.prototypes, with_cp=args.checkpointing, device=args.device
        )
        literal = build_literal(model, 2 + args.local_views, args.baseline_dtype)
        sides = Sides(build_ours(model, args.dtype), literal, views, args)
        times = sides.time(args.repeats, WARM_UP_ROUNDS)
        report.add("whole step", *compare(times["ours"], times["reference"]))
        if args.part_times:
            add_parts(report, sides, args)
        sides.describe(report)
        if args.peak:
            report.note(achieved(sides, statistics.median(times["ours"]), args))
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="tiny", choices=("tiny", "small", "base"))
    parser.add_argument("--batch", type=int, default=8, help="images per step")
    parser.add_argument("--local-views", type=int, default=8, help="of every image")
    parser.add_argument("--prototypes", type=int, default=65536)
    parser.add_argument("--dtype", default="fp32", choices=DTYPES, help="of ours")
    parser.add_argument(
        "--baseline-dtype",
        default="fp32",
        choices=DTYPES,
        help="precision of the baseline; the official code uses fp16 on GPUs",
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder of person crops; default: synthetic pedestrians",
    )
    parser.add_argument(
        "--part-times", action="store_true", help="also time the parts of both steps"
    )
    parser.add_argument(
        "--peak",
        type=float,
        help="TFLOP/s of the device in this type, to print the share that ours reaches",
    )
    parser.add_argument(
        "--keep-freed-memory",
        action="store_true",
        help="in both steps, as our training tool does on a CPU (engine/allocator.py)",
    )
    parser.add_argument(
        "--checkpointing",
        action="store_true",
        help="ours computes its blocks again in the backward pass (with_cp)",
    )
    add_options(
        parser,
        "--repeats",
        "--threads",
        "--device",
        "--record",
        "--document",
        repeats=5,
    )
    args = parser.parse_args(argv)
    if "fp16" in (args.dtype, args.baseline_dtype) and args.device == "cpu":
        parser.error("fp16 is for GPUs: give --device cuda, or bf16")
    return args


def achieved(sides: "Sides", seconds: float, args: argparse.Namespace) -> str:
    """How fast ours is in operations, which one more step is counted for."""
    raw, _, seed, _ = sides.inputs(0)
    with FlopCounterMode(display=False) as counter:
        sides.ours.step(raw, seed)
    teraflops = counter.get_total_flops() / 1e12 / seconds
    return (
        f"Ours: {args.batch / seconds:.1f} images/s, {teraflops:.3g} TFLOP/s, "
        f"{teraflops / args.peak:.1%} of the peak given."
    )


class Sides:
    """Both steps, and the inputs of every round.

    Args:
        ours: Our step.
        literal: The reference's.
        views: Batches of views.
        args: The command line.
    """

    def __init__(
        self,
        ours: OurTraining,
        literal: LiteralTraining,
        views: CropViews,
        args: argparse.Namespace,
    ) -> None:
        self.ours = ours
        self.literal = literal
        self.views = views
        self.args = args
        self.kept: dict[str, list[Any]] = {"ours": [], "reference": []}
        self.dino: dict[str, float] = {}

    def time(
        self,
        repeats: int,
        warmup: int,
        parts: dict[str, PartTimes] | None = None,
    ) -> dict[str, list[float]]:
        """Seconds of both sides, round by round; see `alternate`."""
        rounds = {number: self.inputs(number) for number in range(-warmup, repeats)}

        def ours(number: int) -> None:
            if parts:
                parts["ours"].start_round()
            raw, _, seed, _ = rounds[number]
            figures = self.ours.step(raw, seed)
            self.kept["ours"].append(figures["kept_fraction"])
            self.dino["ours"] = figures["dino_cross_entropy"].item()

        def reference(number: int) -> None:
            if parts:
                parts["reference"].start_round()
            _, prepared_views, _, semantic_weight = rounds[number]
            losses = self.literal.step(prepared_views, semantic_weight)
            self.kept["reference"].append(self.literal.kept_share)
            self.dino["reference"] = losses["dino"]

        calls = {"ours": ours, "reference": reference}
        return alternate(calls, repeats, device=self.args.device, warmup=warmup)

    def inputs(self, number: int) -> tuple[Any, ...]:
        """Views of ours, views of the reference, seed and λ of a round."""
        raw = self.views.batch(number)
        seed, semantic_weight = synthetic_seed(number, self.args.batch)
        prepared_views = normalized(self.ours.model, raw)
        return raw, prepared_views, seed, semantic_weight.to(self.args.device)

    def describe(self, report: Report) -> None:
        """Say what the rounds were like, so that a reader can judge the ratio."""
        kept = {name: statistics.mean(map(float, v)) for name, v in self.kept.items()}
        args = self.args
        report.note(
            f"Batch {args.batch}, {args.local_views} local views, {args.prototypes} "
            f"prototypes, λ = 1 for half of the images; "
            f"{'synthetic pedestrians' if args.images is None else 'real crops'}; "
            f"kept: {kept['ours']:.0%} of the {args.batch} views with λ = 1 that ours "
            f"clusters, {kept['reference']:.0%} of the reference's {2 * args.batch}. "
            f"L_dino of the last round: {self.dino['ours']:.4f} and "
            f"{self.dino['reference']:.4f} (drop path is sampled differently)."
        )


def add_parts(report: Report, sides: Sides, args: argparse.Namespace) -> None:
    """Time the parts in rounds of their own, and add a row for each."""
    parts = {name: PartTimes(args.device) for name in ("ours", "reference")}
    watch_ours(sides.ours, parts["ours"])
    watch_literal(sides.literal, parts["reference"])
    sides.time(args.repeats, 0, parts)
    for part in PARTS:
        ours, reference = (parts[name].of(part) for name in ("ours", "reference"))
        if any(reference):
            report.add(part, *compare(ours, reference))
        else:
            report.add(part, spread(ours), "in the loader", "")


if __name__ == "__main__":
    sys.exit(main())
