"""How the cost of our training step grows, one size at a time, as tables and a plot.

From one setting each size is changed alone: images in a batch, local views, area of the
views, semantic parts N, prototypes K, and processes that share this machine's cores and
average their gradients by gloo, as ranks of a larger training would.

    python benchmarks/growth.py --dtype bf16 --plot docs/images/growth.png
"""

import argparse
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import crop_views, synthetic_seed
from benchmarks.pretraining import build_ours, build_solider
from benchmarks.ranks import images_per_second
from benchmarks.report import Report
from benchmarks.side_by_side import DTYPES, add_options, alternate, prepared, spread
from solider_mm.engine.allocator import keep_freed_memory

BASE: Mapping[str, Any] = {
    "batch": 8,
    "local views": 8,
    "view": (256, 128),
    "parts N": 3,
    "prototypes K": 65536,
}
SWEEPS: Mapping[str, Sequence[Any]] = {
    "batch": (2, 4, 8, 16),
    "local views": (0, 2, 4, 8, 12),
    "view": ((128, 64), (192, 96), (256, 128), (384, 192)),
    "parts N": (1, 3, 5, 8),
    "prototypes K": (1024, 8192, 65536, 131072),
}
Curves = dict[str, tuple[list[float], list[float]]]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and draw the plot; return the exit code."""
    args = parse_args(argv)
    report = Report(
        "growth",
        f"How the training step grows, Swin-{args.arch}, {args.dtype}",
        ["size", "value", "step, ms (quartiles)", "against the base", "ms per image"],
    )
    if args.keep_freed_memory:
        keep_freed_memory()
    curves: Curves = {}
    with prepared(args):
        for name in args.sizes:
            seconds = {value: step_times(name, value, args) for value in SWEEPS[name]}
            base = statistics.median(seconds[BASE[name]])
            for value, times in seconds.items():
                middle = statistics.median(times)
                images = value if name == "batch" else BASE["batch"]
                cells = [spread(times), f"{middle / base:.2f}"]
                report.add(name, show(value), *cells, f"{1e3 * middle / images:.0f}")
            medians = [statistics.median(times) / base for times in seconds.values()]
            curves[name] = [area(v) / area(BASE[name]) for v in seconds], medians
        for processes in args.processes:
            speed = images_per_second(processes, args)
            cells = ["", "", f"{1e3 / speed:.0f}"]
            report.add("processes", str(processes), *cells)
        report.note(
            f"Base: {', '.join(f'{name} {show(v)}' for name, v in BASE.items())}; "
            f"processes share {os.cpu_count()} cores, each with the base's batch."
        )
        report.finish(args, argv)
    if args.plot:
        plot(curves, args.plot)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="tiny", choices=("tiny", "small", "base"))
    parser.add_argument("--dtype", default="bf16", choices=DTYPES)
    parser.add_argument(
        "--sizes", nargs="*", choices=SWEEPS, default=list(SWEEPS), help="which ones"
    )
    parser.add_argument(
        "--processes", type=int, nargs="*", default=[1, 2], help="numbers of ranks"
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder of person crops; default: synthetic pedestrians",
    )
    parser.add_argument(
        "--keep-freed-memory",
        action="store_true",
        help="as the training tool does on a CPU (engine/allocator.py)",
    )
    parser.add_argument("--plot", type=Path, help="draw the curves into this picture")
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


def step_times(name: str, value: Any, args: argparse.Namespace) -> list[float]:
    """Seconds of a step in which one size differs from the base."""
    setting = {**BASE, name: value}
    model = build_solider(
        args.arch,
        setting["prototypes K"],
        num_parts=setting["parts N"],
        device=args.device,
    )
    ours, batch = build_ours(model, args.dtype), setting["batch"]
    with crop_views(
        args.images, batch, setting["local views"], setting["view"]
    ) as views:
        rounds = {n: views.batch(n) for n in range(-1, args.repeats)}
    seeds = {n: synthetic_seed(n, batch)[0] for n in rounds}

    def step(number: int) -> None:
        ours.step(rounds[number], seeds[number])

    times = alternate({"ours": step}, args.repeats, device=args.device, warmup=1)
    return times["ours"]


def show(value: Any) -> str:
    """A size as text."""
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)


def area(value: Any) -> float:
    """A size as a number: pixels of a view, else itself."""
    return float(value[0] * value[1] if isinstance(value, tuple) else value)


def plot(curves: Curves, path: Path) -> None:
    """Draw relative cost over relative size, both on logarithmic scales."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4.2), layout="constrained")
    for name, (sizes, costs) in curves.items():
        pairs = [pair for pair in zip(sizes, costs, strict=True) if pair[0] > 0]
        axes.plot(*zip(*pairs, strict=True), marker="o", label=name)
    axes.plot([0.125, 2], [0.125, 2], color="0.7", linestyle=":", label="proportional")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.3g}")
    axes.set(
        xlabel="size, the base is 1",
        ylabel="time of a step, the base is 1",
    )
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
