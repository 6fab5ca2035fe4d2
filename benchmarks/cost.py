"""What pretraining on LUPerson would cost, calculated from counted operations.

Counts the floating-point operations of one step of ours and of the baseline, both
stages, and divides by what a GPU is assumed to do: its peak in bf16 times a utilization
that have not been measured yet. `--images-per-second` takes a measured speed of one GPU
instead (`train_step.py --device cuda`), for both stages alike.

    python benchmarks/cost.py --arch tiny small base
    python benchmarks/cost.py --arch tiny --images-per-second 900
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import CropViews, crop_views, synthetic_seed
from benchmarks.pretraining import (
    build_dino,
    build_literal,
    build_ours,
    build_solider,
    normalized,
)
from benchmarks.report import Report
from benchmarks.side_by_side import add_options, prepared

IMAGES = 4.18e6  # LUPerson
EPOCHS = (100, 10)  # the released recipe: DINO, then SOLIDER
GPUS = 8


class Gpu(NamedTuple):
    """A kind of GPU.

    Attributes:
        peak: TFLOP/s in bf16, dense, as its maker states them.
        price: US dollars per hour, an assumption.
    """

    peak: float
    price: float


KINDS = {"H200": Gpu(989, 3.5), "A100": Gpu(312, 1.8)}


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per size of Swin and kind of GPU."""
    args = parse_args(argv)
    report = Report(
        "cost",
        f"Pretraining on LUPerson, {EPOCHS[0]} + {EPOCHS[1]} epochs, calculated",
        [
            "Swin",
            "GFLOP per image, DINO",
            "SOLIDER",
            "reference's SOLIDER",
            "GPUs",
            "images/s each",
            "days",
            "US dollars",
        ],
    )
    args.repeats = 2
    with prepared(args), crop_views(args.images, args.batch, 8) as views:
        for arch in args.arch:
            counted = count(arch, views, args.batch)
            cells = [f"{flop:.1f}" for flop in counted]
            for kind, gpu in KINDS.items():
                for share in args.utilization:
                    add(report, [arch, *cells], counted[:2], (kind, gpu, share), args)
    report.note(assumptions(args))
    report.finish(args, argv)
    return 0


def add(
    report: Report,
    cells: list[str],
    stages: Sequence[float],
    device: tuple[str, Gpu, float],
    args: argparse.Namespace,
) -> None:
    """Add a row for one kind of GPU at one utilization."""
    kind, gpu, share = device
    speeds = [
        args.images_per_second or gpu.peak * 1e3 * share / flop for flop in stages
    ]
    seconds = sum(e * IMAGES / s for e, s in zip(EPOCHS, speeds, strict=True)) / GPUS
    dollars = seconds / 3600 * GPUS * gpu.price
    each = " / ".join(f"{speed:.0f}" for speed in speeds)
    at = "" if args.images_per_second else f" at {share:.0%}"
    report.add(
        *cells, f"{GPUS}×{kind}{at}", each, f"{seconds / 86400:.2f}", f"{dollars:.0f}"
    )


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--arch", nargs="+", default=["tiny"], choices=("tiny", "small", "base")
    )
    parser.add_argument("--batch", type=int, default=4, help="images that are counted")
    parser.add_argument(
        "--utilization",
        type=float,
        nargs="+",
        default=[0.2, 0.4],
        help="shares of the peak, assumed",
    )
    parser.add_argument(
        "--images-per-second", type=float, help="measured on one GPU; replaces counting"
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder of person crops; default: synthetic pedestrians",
    )
    add_options(parser, "--threads", "--record", "--document")
    return parser.parse_args(argv)


def count(arch: str, views: CropViews, batch: int) -> tuple[float, float, float]:
    """GFLOP per image of DINO's step, of SOLIDER's, and of the reference's SOLIDER."""
    raw = views.batch(0)
    seed, semantic_weight = synthetic_seed(0, batch)
    model = build_solider(arch, 65536)
    model.target_generator.min_foreground = 0.0  # untrained, it would keep few or none
    literal = build_literal(model, len(raw))
    inputs = normalized(model, raw)
    dino = build_ours(build_dino(arch, 65536))
    steps: tuple[Callable[[], object], ...] = (
        lambda: dino.step(raw, seed),
        lambda: build_ours(model).step(raw, seed),
        lambda: literal.step(inputs, semantic_weight),
    )
    counted = []
    for step in steps:
        with FlopCounterMode(display=False) as counter:
            step()
        counted.append(counter.get_total_flops() / 1e9 / batch)
    first, second, third = counted
    return first, second, third


def assumptions(args: argparse.Namespace) -> str:
    """What the figures rest on."""
    kinds = "; ".join(
        f"{kind}: {gpu.peak:.0f} TFLOP/s, ${gpu.price}/h" for kind, gpu in KINDS.items()
    )
    basis = (
        f"{args.images_per_second:g} images/s per GPU as given"
        if args.images_per_second
        else "the shares of the peak are assumed"
    )
    return (
        f"4.18 million images, {GPUS} GPUs that scale without loss; {basis}. Peaks are "
        f"the makers', prices assumed: {kinds}. Matrix products and convolutions are "
        "counted, a multiplication and an addition as two operations; ours keeps all "
        "images with λ = 1, the reference what an untrained network lets it keep. "
        "Loading must keep up."
    )


if __name__ == "__main__":
    sys.exit(main())
