r"""Memory of one training step, ours and the baseline's, each in a fresh process.

On a GPU the peak of torch's allocator during a step, less what was allocated before it.
On a CPU the peak resident memory during a step (`VmHWM`), less what was resident before
it, and the page faults of the step after that. One step before both has made the
optimizer's state and loaded every library. Further batch sizes and numbers of local
views give slopes: memory per image, and per local view of an image.

    python benchmarks/memory.py --batches 8 4 --local-views 8 4 --threads 2
    python benchmarks/memory.py --device cuda --batches 48 24 --dtype bf16 \
        --baseline-dtype fp16
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import crop_views, synthetic_seed
from benchmarks.peak_memory import Figures, measure_step
from benchmarks.pretraining import build_literal, build_ours, build_solider, normalized
from benchmarks.report import Report
from benchmarks.side_by_side import DTYPES, add_options, prepared

SIDES = ("ours", "reference")
COLUMNS = (
    "batch",
    "local views",
    "ours, MiB (range)",
    "other, MiB (range)",
    "other / ours",
    "ours at rest",
    "other at rest",
    "ours, page faults",
    "other, page faults",
)
Setting = tuple[int, int]  # batch size, local views


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table, or one side's figures as JSON; return the exit code."""
    args = parse_args(argv)
    with prepared(args, least_repeats=1):
        if args.only:
            print(json.dumps(measure_side(args)))
            return 0
        report = Report(
            "memory",
            f"Memory of a training step, Swin-{args.arch}, {args.dtype} against the "
            f"reference in {args.baseline_dtype}",
            COLUMNS,
        )
        found = {setting: run_both(setting, args) for setting in settings(args)}
        for setting, sides in found.items():
            report.add(*map(str, setting), *cells(sides))
        for sentence in slopes(found):
            report.note(sentence)
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="tiny", choices=("tiny", "small", "base"))
    parser.add_argument(
        "--batches",
        type=int,
        nargs="+",
        default=[8, 4],
        help="images per step; more than one give the slope over images",
    )
    parser.add_argument(
        "--local-views",
        type=int,
        nargs="+",
        default=[8, 4],
        help="of every image; more than one give the slope over views",
    )
    parser.add_argument("--prototypes", type=int, default=65536)
    parser.add_argument("--dtype", default="fp32", choices=DTYPES, help="of ours")
    parser.add_argument(
        "--baseline-dtype",
        default="fp32",
        choices=DTYPES,
        help="precision of the baseline",
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder of person crops; default: synthetic pedestrians",
    )
    parser.add_argument(
        "--checkpointing",
        action="store_true",
        help="ours computes its blocks again in the backward pass (with_cp)",
    )
    parser.add_argument("--only", choices=SIDES, help="one side, here, as JSON")
    add_options(
        parser,
        "--repeats",
        "--threads",
        "--device",
        "--record",
        "--document",
        repeats=3,
    )
    return parser.parse_args(argv)


def settings(args: argparse.Namespace) -> list[Setting]:
    """The main setting, then the others that give slopes."""
    batch, views = args.batches[0], args.local_views[0]
    more = [(other, views) for other in args.batches[1:]]
    return [(batch, views), *more, *((batch, other) for other in args.local_views[1:])]


def measure_side(args: argparse.Namespace) -> Figures:
    """Measure a step of one side in this process."""
    batch, num_local = args.batches[0], args.local_views[0]
    model = build_solider(
        args.arch, args.prototypes, with_cp=args.checkpointing, device=args.device
    )
    with crop_views(args.images, batch, num_local) as views:
        raw = views.batch(0)
    seed, semantic_weight = synthetic_seed(0, batch)
    if args.only == "ours":
        ours = build_ours(model, args.dtype)
        return measure_step(lambda: ours.step(raw, seed), args.device)
    inputs = normalized(model, raw)
    literal = build_literal(model, 2 + num_local, args.baseline_dtype)
    del model
    semantic_weight = semantic_weight.to(args.device)
    return measure_step(lambda: literal.step(inputs, semantic_weight), args.device)


def run_both(setting: Setting, args: argparse.Namespace) -> dict[str, list[Figures]]:
    """Measure both sides in processes of their own, the order turned round."""
    found: dict[str, list[Figures]] = {side: [] for side in SIDES}
    for number in range(args.repeats):
        for side in SIDES if number % 2 else reversed(SIDES):
            found[side].append(run_side(side, setting, args))
    return found


def run_side(side: str, setting: Setting, args: argparse.Namespace) -> Figures:
    """Measure one side in a process of its own.

    Raises:
        RuntimeError: If the process fails; with what it said.
    """
    command = [sys.executable, __file__, "--only", side]
    for name in ("arch", "prototypes", "dtype", "baseline_dtype", "threads", "device"):
        command += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    command += ["--batches", str(setting[0]), "--local-views", str(setting[1])]
    if args.images:
        command += ["--images", str(args.images)]
    if args.checkpointing:
        command += ["--checkpointing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def cells(sides: dict[str, list[Figures]]) -> list[str]:
    """Cells of a row: both sides' memory, their ratio, and the rest."""
    ratio = middle(sides["reference"], "extra") / middle(sides["ours"], "extra")
    extra, rest, faults = (
        [with_range(sides[side], name) for side in SIDES]
        for name in ("extra", "rest", "faults")
    )
    return [*extra, f"{ratio:.2f}", *rest, *faults]


def with_range(figures: list[Figures], name: str) -> str:
    """Median of one of the figures, with the smallest and the largest."""
    values = [each[name] for each in figures]
    return f"{middle(figures, name):.0f} ({min(values):.0f} to {max(values):.0f})"


def middle(figures: list[Figures], name: str) -> float:
    """Median of one of the figures over the repeats."""
    return statistics.median(each[name] for each in figures)


def slopes(found: dict[Setting, dict[str, list[Figures]]]) -> list[str]:
    """Memory per image and per local view, where there is more than one of them."""
    batch, views = next(iter(found))
    images = {s[0]: sides for s, sides in found.items() if s[1] == views}
    local = {batch * s[1]: sides for s, sides in found.items() if s[0] == batch}
    counted = (("image", images), ("local view of an image", local))
    return [slope(what, sides) for what, sides in counted if len(sides) > 1]


def slope(what: str, found: dict[int, dict[str, list[Figures]]]) -> str:
    """Say how memory grows with a count."""
    memory = [[middle(f[side], "extra") for side in SIDES] for f in found.values()]
    (ours, other), _ = np.polyfit(list(found), memory, 1)
    return (
        f"Per {what}: ours {ours:.1f} MiB, other {other:.1f} MiB, ratio "
        f"{other / ours:.2f}."
    )


if __name__ == "__main__":
    sys.exit(main())
