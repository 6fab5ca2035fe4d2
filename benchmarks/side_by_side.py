"""What the benchmarks share: two sides in turn, in alternating order, and their ratio.

A benchmark reads its options with `add_options`, calls `prepare`, times its two sides
with `alternate` and puts what `compare` says of them into a `Report`.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import torch
from threadpoolctl import threadpool_limits

__all__ = [
    "COMPARED",
    "DTYPES",
    "add_options",
    "alternate",
    "autocast",
    "compare",
    "prepared",
    "ratios",
    "spread",
    "synchronize",
]

Call = Callable[[int], object]

# What `compare` puts into a table.
COMPARED = ("ours, ms (quartiles)", "other, ms (quartiles)", "other / ours (range)")

DTYPES: Mapping[str, torch.dtype | None] = {
    "fp32": None,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--repeats": {"type": int, "default": 9, "help": "rounds of both sides"},
    "--threads": {"type": int, "default": 0, "help": "CPU threads; 0: torch's"},
    "--device": {"default": "cpu", "help": "cpu or cuda"},
    "--record": {
        "nargs": "?",
        "const": "",
        "metavar": "NAME",
        "help": "also put the table into docs/benchmarks, under this name instead "
        "of the benchmark's",
    },
    "--document": {"help": "record into this file instead"},
}


def add_options(parser: argparse.ArgumentParser, *names: str, **defaults: Any) -> None:
    """Add options that several benchmarks have.

    Args:
        parser: Of the command line.
        names: Which ones, of `--repeats`, `--threads`, `--device`, `--record` and
            `--document`.
        defaults: Other defaults than the usual ones.
    """
    for name in names:
        parser.add_argument(name, **_OPTIONS[name])
    parser.set_defaults(**defaults)


@contextmanager
def prepared(args: argparse.Namespace, least_repeats: int = 2) -> Iterator[None]:
    """Check the rounds; hold torch and scikit-learn to the threads; seed torch.

    Args:
        args: The command line.
        least_repeats: Fewer have no spread.

    Raises:
        SystemExit: If there are too few rounds.
    """
    if args.repeats < least_repeats:
        raise SystemExit(
            f"--repeats {args.repeats}: expected at least {least_repeats} for a spread."
        )
    torch.manual_seed(0)
    before = torch.get_num_threads()
    with ExitStack() as stack:
        if args.threads:
            torch.set_num_threads(args.threads)
            stack.callback(torch.set_num_threads, before)
            stack.enter_context(threadpool_limits(args.threads))
        yield


def alternate(
    calls: Mapping[str, Call], repeats: int, *, device: str = "cpu", warmup: int = 2
) -> dict[str, list[float]]:
    """Time all sides in every round, the order turned round from one to the next.

    A machine that gets busy slows both sides of a round, and neither is always the one
    that finds the caches warm.

    Args:
        calls: A function per side; it gets the number of the round, so that both sides
            can take the same input. Rounds to warm up have negative numbers.
        repeats: Rounds that count.
        device: Waited for before the clock is read.
        warmup: Rounds that do not count.

    Returns:
        Seconds per side, round by round.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(-warmup, repeats):
        for name in list(calls) if number % 2 else list(calls)[::-1]:
            synchronize(device)
            start = time.perf_counter()
            calls[name](number)
            synchronize(device)
            if number >= 0:
                times[name].append(time.perf_counter() - start)
    return times


def synchronize(device: str) -> None:
    """Wait for the accelerator, if that is where we are."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def autocast(device: str, dtype: str) -> Any:
    """The context in which a model computes in a type of `DTYPES`."""
    cast = DTYPES[dtype]
    if cast is None:
        return nullcontext()
    return torch.autocast(torch.device(device).type, cast)


def compare(ours: Sequence[float], other: Sequence[float]) -> tuple[str, str, str]:
    """Cells of the two sides and of their ratio, see `COMPARED`.

    Args:
        ours: Seconds, round by round.
        other: Of the same rounds.

    Returns:
        Medians with quartiles in milliseconds, and the median of the rounds' ratios,
        above 1 where ours is faster, with the smallest and the largest.
    """
    pairs = ratios(ours, other)
    middle = statistics.median(pairs)
    ratio = f"{middle:.2f} ({min(pairs):.2f} to {max(pairs):.2f})"
    return spread(ours), spread(other), ratio


def ratios(ours: Sequence[float], other: Sequence[float]) -> list[float]:
    """How many times longer the other side took, round by round."""
    return [theirs / own for own, theirs in zip(ours, other, strict=True)]


def spread(times: Sequence[float]) -> str:
    """Median and quartiles in milliseconds, to three digits of the median."""
    cuts = statistics.quantiles(times, n=4, method="inclusive")
    low, middle, high = (1e3 * seconds for seconds in cuts)
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
