"""Count the operators that one training step dispatches.

A GPU works through small operators faster than the host can launch them, so their
number bounds the speed. Each call of an ATen operator counts, views included; the
number depends on neither the device nor the load. Only the clusterer's iterations
differ: on a CPU they stop early.

    python benchmarks/operators.py --arch tiny
    python benchmarks/operators.py --arch base --dtype fp32 --top 40
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import crop_views, synthetic_seed
from benchmarks.pretraining import OurTraining, build_ours, build_solider
from benchmarks.side_by_side import DTYPES

__all__ = ["OperatorCounter", "count_step", "main"]

# Parts of the names of operators that only describe a tensor anew.
_VIEWS = (
    *("view", "transpose", "permute", "t.default", "expand", "slice", "select"),
    *("squeeze", "detach", "as_strided", "alias", "split", "unbind", "reshape"),
    *("flatten", "diagonal", "unfold.default", "chunk"),
)


class OperatorCounter(TorchDispatchMode):
    """Counts the calls of each operator while it is active.

    Attributes:
        calls: Number of calls of each operator.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Count one call, and make it."""
        del types
        self.calls[str(func).removeprefix("aten.")] += 1
        return func(*args, **(kwargs or {}))

    def total(self, *, views: bool = True) -> int:
        """Number of calls.

        Args:
            views: Whether to count operators that only make views.

        Returns:
            Calls of all counted operators.
        """
        return sum(
            calls for name, calls in self.calls.items() if views or not is_view(name)
        )


def is_view(name: str) -> bool:
    """Whether an operator only makes a view.

    Args:
        name: Name of the operator.

    Returns:
        True for operators such as reshaping and slicing.
    """
    return any(part in name for part in _VIEWS)


def count_step(training: OurTraining, batch: int, local_views: int) -> Counter[str]:
    """Count the calls of each operator in the second of two steps.

    Args:
        training: Training step.
        batch: Number of images.
        local_views: Number of local views of each image.

    Returns:
        Calls by name of the operator.
    """
    with crop_views(None, batch, local_views) as views:
        raw = views.batch(0)
    seed, _ = synthetic_seed(0, batch)
    training.step(raw, seed)
    counter = OperatorCounter()
    with counter:
        training.step(raw, seed)
    return counter.calls


def main(argv: Sequence[str] | None = None) -> int:
    """Print the counts; return the exit code."""
    args = parse_args(argv)
    model = build_solider(args.arch, args.prototypes, device="cpu")
    counter = OperatorCounter()
    counter.calls = count_step(
        build_ours(model, args.dtype), args.batch, args.local_views
    )
    print(f"dispatched {counter.total()}")
    print(f"without views {counter.total(views=False)}")
    for name, calls in counter.calls.most_common(args.top):
        print(f"{calls:6d} {name}")
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="tiny", choices=("tiny", "small", "base"))
    parser.add_argument("--batch", type=int, default=4, help="images per step")
    parser.add_argument("--local-views", type=int, default=8, help="of every image")
    parser.add_argument("--prototypes", type=int, default=4096)
    parser.add_argument("--dtype", default="bf16", choices=DTYPES)
    parser.add_argument("--top", type=int, default=20, help="operators to list")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
