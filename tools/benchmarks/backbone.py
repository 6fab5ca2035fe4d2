"""Time SOLIDERSwin against mmpretrain's Swin, one training pass each.

    python tools/benchmarks/backbone.py --arch tiny --batch 8 --dtypes fp32 bf16

Both run in one process in alternating order, so that a busy machine slows both; the
figure to read is the ratio (theirs / ours, above 1 means ours is faster).
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from mmpretrain.models.backbones import SwinTransformer
from torch import Tensor, nn

from solider_mm.models.backbones import SOLIDERSwin


def main() -> None:
    """Print one line per size and dtype."""
    args = parse_args()
    torch.manual_seed(0)
    if args.threads:
        torch.set_num_threads(args.threads)
    ours, theirs = build(args.arch, args.device)
    print(
        f"{args.arch}, batch {args.batch}, {args.device}, "
        f"{torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"{'forward' if args.forward_only else 'forward + backward'}"
    )
    print(f"{'size':>9} {'dtype':>5} {'ours ms':>16} {'theirs ms':>16} {'ratio':>6}")
    for size in args.sizes:
        height, width = (int(part) for part in size.split("x"))
        images = torch.randn(args.batch, 3, height, width, device=args.device)
        weights = torch.rand(args.batch, device=args.device)
        for dtype in args.dtypes:
            cast = autocast(args.device, dtype)
            passes = (
                one_pass(ours, (images, weights), cast, args.forward_only),
                one_pass(theirs, (images,), cast, args.forward_only),
            )
            times = alternate(passes, args.repeats, args.device)
            print(f"{size:>9} {dtype:>5} {summary(*times)}", flush=True)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--arch", default="tiny", help="tiny, small or base")
    parser.add_argument("--batch", type=int, default=8, help="images per pass")
    parser.add_argument("--repeats", type=int, default=9, help="passes to time")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument(
        "--threads", type=int, default=0, help="CPU threads; 0: torch's"
    )
    parser.add_argument("--sizes", nargs="+", default=["256x128", "128x64"], help="H×W")
    parser.add_argument(
        "--dtypes",
        nargs="+",
        default=["fp32", "bf16"],
        choices=("fp32", "bf16", "fp16"),
    )
    parser.add_argument("--forward-only", action="store_true", help="no gradients")
    return parser.parse_args()


def build(arch: str, device: str) -> tuple[nn.Module, nn.Module]:
    """Both backbones in training mode, without drop path."""
    ours = SOLIDERSwin(arch=arch, drop_path_rate=0.0)
    theirs = SwinTransformer(arch=arch, drop_path_rate=0.0, pad_small_map=True)
    return ours.to(device), theirs.to(device)  # built in training mode


def autocast(device: str, dtype: str) -> AbstractContextManager[Any]:
    """The context of a dtype."""
    if dtype == "fp32":
        return nullcontext()
    cast = {"bf16": torch.bfloat16, "fp16": torch.float16}[dtype]
    return torch.autocast(torch.device(device).type, cast)


def one_pass(
    model: nn.Module,
    inputs: tuple[Tensor, ...],
    cast: AbstractContextManager[Any],
    forward_only: bool,
) -> Callable[[], None]:
    """A function that runs the model once."""

    def run() -> None:
        with torch.set_grad_enabled(not forward_only):
            with cast:
                loss = model(*inputs)[-1].float().square().mean()
            if not forward_only:
                loss.backward()
                model.zero_grad(set_to_none=True)

    return run


def alternate(
    passes: tuple[Callable[[], None], ...], repeats: int, device: str
) -> list[list[float]]:
    """Seconds of each pass, the order turned round every time."""
    times: list[list[float]] = [[] for _ in passes]
    for repeat in range(-2, repeats):
        order = list(enumerate(passes))
        for index, run in order if repeat % 2 else reversed(order):
            synchronise(device)
            start = time.perf_counter()
            run()
            synchronise(device)
            if repeat >= 0:
                times[index].append(time.perf_counter() - start)
    return times


def synchronise(device: str) -> None:
    """Wait for the accelerator, if that is where we are."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def summary(ours: list[float], theirs: list[float]) -> str:
    """Medians, half the interquartile range, and the median of the ratios."""
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    return f"{spread(ours)} {spread(theirs)} {ratio:6.2f}"


def spread(times: list[float]) -> str:
    """Median and half the interquartile range in milliseconds."""
    low, middle, high = statistics.quantiles(times, n=4)
    return f"{1e3 * middle:8.1f} ± {1e3 * (high - low) / 2:5.1f}"


if __name__ == "__main__":
    main()
