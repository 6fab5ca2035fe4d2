"""Time the kernels that window attention can take, forward and backward.

The places where `layers/window_attention.py` chooses: explicit matrix products against
torch's `scaled_dot_product_attention` (and, on a GPU, flex attention), on windows; and
windows against the whole map, by the layer itself. Shapes are those of Swin-T on views
of 256×128 and 128×64. The first column of times is what the layer takes on this device.

    python benchmarks/attention.py --dtypes fp32 bf16 --threads 1
    python benchmarks/attention.py --device cuda --dtypes fp16 bf16
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Report
from benchmarks.side_by_side import (
    DTYPES,
    add_options,
    alternate,
    autocast,
    compare,
    prepared,
)
from solider_mm.functional.attention import attend, attend_fused
from solider_mm.functional.whole_map import is_small_map
from solider_mm.models.layers.window_attention import WindowAttention

WINDOW = 7
# Size of the map and heads, stage by stage: a global view, then a local one.
MAPS = (
    ((64, 32), 3),
    ((32, 16), 6),
    ((16, 8), 12),
    ((8, 4), 24),
    ((32, 16), 3),
    ((16, 8), 6),
    ((8, 4), 12),
    ((4, 2), 24),
)
Call = Callable[[int], object]


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per map, type and other kernel."""
    args = parse_args(argv)
    report = Report(
        "attention",
        "Kernels of window attention, forward and backward",
        ["map", "heads", "type", "other", "ours, ms", "other, ms", "other / ours"],
    )
    with prepared(args):
        for size, heads in MAPS:
            for dtype in args.dtypes:
                for other, calls in sides(size, heads, dtype, args).items():
                    times = alternate(calls, args.repeats, device=args.device)
                    cells = compare(times["ours"], times["other"])
                    where = "×".join(map(str, size))
                    report.add(where, str(heads), dtype, other, *cells)
        report.note(
            f"{args.batch} maps, windows of {WINDOW}, heads of 32 channels. 'windows' "
            "is the whole layer on cut maps, where ours takes the map whole."
        )
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=16, help="maps")
    parser.add_argument("--dtypes", nargs="+", default=["fp32", "bf16"], choices=DTYPES)
    add_options(parser, "--repeats", "--threads", "--device", "--record", "--document")
    return parser.parse_args(argv)


def sides(
    size: tuple[int, int], heads: int, dtype: str, args: argparse.Namespace
) -> dict[str, dict[str, Call]]:
    """Pairs of calls, by the name of the other one."""
    whole = is_small_map(size, WINDOW)
    tokens = size[0] * size[1]
    windows = -(-size[0] // WINDOW) * -(-size[1] // WINDOW)
    shape = (1, tokens) if whole else (windows, WINDOW**2)
    ours = kernel(attend, shape, heads, dtype, args)
    pairs = {
        "sdpa": {"ours": ours, "other": kernel(attend_fused, shape, heads, dtype, args)}
    }
    if args.device.startswith("cuda"):
        flex = kernel(flex_attention(), shape, heads, dtype, args)
        pairs["flex"] = {"ours": ours, "other": flex}
    if whole:
        layers = [layer(size, heads, dtype, args, cut=cut) for cut in (False, True)]
        pairs["windows"] = dict(zip(("ours", "other"), layers, strict=True))
    return pairs


def kernel(
    function: Callable[..., Tensor],
    shape: tuple[int, int],
    heads: int,
    dtype: str,
    args: argparse.Namespace,
) -> Call:
    """One training pass of an attention kernel."""
    kind = DTYPES[dtype] or torch.float32
    windows, places = shape
    options: dict[str, Any] = {"device": args.device, "requires_grad": True}
    query, key, value = (
        torch.randn(args.batch, heads, windows, places, 32, dtype=kind, **options)
        for _ in range(3)
    )
    bias = torch.randn(heads, windows, places, places, **options)
    upstream = torch.randn_like(query)

    def run(number: int) -> None:
        del number
        out = function(query, key, value, bias)
        torch.autograd.grad(out, (query, key, value, bias), upstream)

    return run


def flex_attention() -> Callable[..., Tensor]:
    """Torch's compiled attention, with the bias as a change of scores."""
    from torch.nn.attention import flex_attention as flex

    compiled: Any = torch.compile(flex.flex_attention)

    def run(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        flat = bias.flatten(0, 1)  # (heads · windows, N, N)

        def change(score: Tensor, _: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
            return score + flat[h, q, k]

        out = compiled(
            query.flatten(1, 2), key.flatten(1, 2), value.flatten(1, 2), change
        )
        return out.view_as(query)

    return run


def layer(
    size: tuple[int, int],
    heads: int,
    dtype: str,
    args: argparse.Namespace,
    *,
    cut: bool,
) -> Call:
    """One training pass of the whole layer, on the whole map or cut into windows."""
    torch.manual_seed(0)
    attention = WindowAttention(32 * heads, heads, WINDOW).to(args.device)
    tokens = torch.randn(
        args.batch, size[0] * size[1], 32 * heads, device=args.device
    ).requires_grad_()
    wanted = [tokens, *attention.parameters()]
    forward = attention.attend_windows if cut else attention.attend_whole

    def run(number: int) -> None:
        del number
        with autocast(args.device, dtype):
            out = forward(tokens, size, WINDOW // 2)
            out = attention.proj(out.transpose(1, 2).flatten(2))
        torch.autograd.grad(F.mse_loss(out.float(), tokens), wanted)

    return run


if __name__ == "__main__":
    sys.exit(main())
