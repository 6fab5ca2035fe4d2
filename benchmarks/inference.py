"""Time feature extraction: SOLIDERSwin against the baseline λ-Swin.

Images/s and latency of one pass at one λ, and of a sweep: the features of the same
images at several λ, which is how λ is chosen for a task. Both sides have the same
weights; the reference normalizes the maps of all four stages, ours the last one's.

    python benchmarks/inference.py --threads 2
    python benchmarks/inference.py --batches 1 --size 384x128 --dtypes bf16
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.reference.swin import LiteralSwin
from benchmarks.report import Report
from benchmarks.side_by_side import (
    COMPARED,
    DTYPES,
    add_options,
    alternate,
    autocast,
    compare,
    prepared,
)
from solider_mm.models.backbones import SOLIDERSwin

Extract = Callable[[Tensor, Tensor], Tensor]  # pooled features of images at λ


def main(argv: Sequence[str] | None = None) -> int:
    """Print one row per batch, type and number of λ; return the exit code."""
    args = parse_args(argv)
    report = Report(
        "inference",
        f"Feature extraction, Swin-{args.arch}, {args.size}, against the reference",
        ["batch", "type", "λ", *COMPARED, "ours, images/s", "other, images/s"],
    )
    height, width = (int(part) for part in args.size.split("x"))
    with prepared(args), torch.inference_mode():
        ours, other = build_sides(args.arch, args.device)
        for batch in args.batches:
            images = torch.randn(batch, 3, height, width, device=args.device)
            for dtype in args.dtypes:
                for count in sorted({1, args.sweep}):
                    calls = {
                        "ours": sweep(ours, images, count, dtype, args.device),
                        "other": sweep(other, images, count, dtype, args.device),
                    }
                    times = alternate(calls, args.repeats, device=args.device)
                    sides = (times["ours"], times["other"])
                    rates = [f"{batch / statistics.median(t):.1f}" for t in sides]
                    report.add(str(batch), dtype, str(count), *compare(*sides), *rates)
        report.note("Images/s count an image once for all λ of its row.")
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="tiny", choices=("tiny", "small", "base"))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--size", default="256x128", help="H×W")
    parser.add_argument("--sweep", type=int, default=5, help="values of λ in a sweep")
    parser.add_argument(
        "--dtypes", nargs="+", default=["fp32", "bf16"], choices=DTYPES, help="of both"
    )
    add_options(parser, "--repeats", "--threads", "--device", "--record", "--document")
    return parser.parse_args(argv)


def build_sides(arch: str, device: str) -> tuple[Extract, Extract]:
    """Both backbones with the same weights, in evaluation mode."""
    ours = SOLIDERSwin(arch=arch).to(device).eval()
    literal = LiteralSwin(arch).to(device).eval()
    literal.take(ours.state_dict())
    return (
        lambda images, weight: ours(images, weight)[-1].mean((2, 3)),
        lambda images, weight: literal(images, weight)[0],
    )


def sweep(
    extract: Extract, images: Tensor, count: int, dtype: str, device: str
) -> Callable[[int], None]:
    """A function that extracts the features of the images at some λ from 0 to 1."""
    weights = torch.linspace(0, 1, count, device=device)

    def run(_: int) -> None:
        with autocast(device, dtype):
            for weight in weights:
                extract(images, weight.expand(len(images)))

    return run


if __name__ == "__main__":
    sys.exit(main())
