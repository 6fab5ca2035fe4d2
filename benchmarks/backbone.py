"""Time SOLIDERSwin against another Swin, one pass each in alternating order.

The baseline is the official λ-Swin, re-implemented in `reference/swin.py` (padding
is projected and attended, masks and biases are made in every pass), or mmpretrain's
Swin. Both have the same weights and no drop path; mmpretrain's has no λ, so its maps
are others.

    python benchmarks/backbone.py --arch tiny --batch 8 --dtypes fp32 bf16
    python benchmarks/backbone.py --against mmpretrain --sizes 256x128 128x64
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from mmpretrain.models.backbones import SwinTransformer
from torch import Tensor, nn

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

LastMap = Callable[[Tensor, Tensor], Tensor]  # of images and λ


def main(argv: Sequence[str] | None = None) -> int:
    """Print one row per size and type; return the exit code."""
    args = parse_args(argv)
    what = "forward" if args.forward_only else "forward and backward"
    report = Report(
        "backbone",
        f"SOLIDERSwin against the Swin of {args.against}, Swin-{args.arch}, batch "
        f"{args.batch}, {what}",
        ["images", "type", *COMPARED],
    )
    with prepared(args):
        ours = SOLIDERSwin(arch=args.arch, drop_path_rate=0.0).to(args.device)
        other, last_map = build_other(args.against, ours, args.arch)
        sides = (("ours", ours, own_map(ours)), ("other", other, last_map))
        for size in args.sizes:
            height, width = (int(part) for part in size.split("x"))
            images = torch.randn(args.batch, 3, height, width, device=args.device)
            weight = torch.rand(args.batch, device=args.device)
            if args.against == "reference":
                apart = difference(ours, last_map, images, weight)
                report.note(f"{size}: last maps at most {apart:.0e} apart in fp32.")
            for dtype in args.dtypes:
                calls = {
                    name: one_pass(model, ask, (images, weight), dtype, args)
                    for name, model, ask in sides
                }
                times = alternate(calls, args.repeats, device=args.device)
                report.add(size, dtype, *compare(times["ours"], times["other"]))
        if args.against == "mmpretrain":
            report.note("mmpretrain's Swin knows no λ: its maps are others.")
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", default="tiny", choices=("tiny", "small", "base"))
    parser.add_argument(
        "--against", default="reference", choices=("reference", "mmpretrain")
    )
    parser.add_argument("--batch", type=int, default=8, help="images per pass")
    parser.add_argument("--sizes", nargs="+", default=["256x128", "128x64"], help="H×W")
    parser.add_argument(
        "--dtypes", nargs="+", default=["fp32", "bf16"], choices=DTYPES, help="of both"
    )
    parser.add_argument("--forward-only", action="store_true", help="no gradients")
    add_options(parser, "--repeats", "--threads", "--device", "--record", "--document")
    return parser.parse_args(argv)


def build_other(
    against: str, ours: SOLIDERSwin, arch: str
) -> tuple[nn.Module, LastMap]:
    """The other backbone with our weights, and how it is asked for its last map."""
    device = ours.patch_embed.projection.weight.device
    if against == "reference":
        literal = LiteralSwin(arch, drop_path_rate=0.0)
        literal.take(ours.state_dict())
        literal.to(device)
        return literal, lambda images, weight: literal(images, weight)[1][-1]
    theirs = SwinTransformer(arch=arch, drop_path_rate=0.0, pad_small_map=True)
    own = ours.state_dict()
    theirs.load_state_dict({k: v for k, v in own.items() if "semantic" not in k})
    theirs.to(device)
    return theirs, lambda images, _: theirs(images)[-1]


def own_map(ours: SOLIDERSwin) -> LastMap:
    """How ours is asked for its last map."""
    return lambda images, weight: ours(images, weight)[-1]


@torch.no_grad()
def difference(
    ours: SOLIDERSwin, last_map: LastMap, images: Tensor, weight: Tensor
) -> float:
    """How far the last maps of both sides are apart, in float32."""
    own, other = ours(images, weight)[-1], last_map(images, weight)
    return (own - other).abs().max().item()


def one_pass(
    model: nn.Module,
    last_map: LastMap,
    inputs: tuple[Tensor, Tensor],
    dtype: str,
    args: argparse.Namespace,
) -> Callable[[int], None]:
    """A function that runs the model once."""

    def run(_: int) -> None:
        with torch.set_grad_enabled(not args.forward_only):
            with autocast(args.device, dtype):
                loss = last_map(*inputs).float().square().mean()
            if not args.forward_only:
                loss.backward()
                model.zero_grad(set_to_none=True)

    return run


if __name__ == "__main__":
    sys.exit(main())
