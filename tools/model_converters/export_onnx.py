r"""Export a model with λ inside to ONNX; the file is checked before it appears.

    python tools/model_converters/export_onnx.py --checkpoint embedded \
        --out backbone.onnx
    python tools/model_converters/export_onnx.py --expects 0-1 --out reid.onnx \
        --checkpoint reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32

The file has the inputs `images` (B, 3, H, W), RGB, for any B, and `semantic_weight`
(λ), which may be left out: then all images get the default λ. Fed, it is one number for
all images or one per image. A JSON file beside it says what it holds.

Exported are the backbone, and the models for re-identification, attributes, human
parsing, pose estimation and pedestrian detection (CSP). `python -m solider_mm models`
lists the names.
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import create_parser, run_command

TASKS = (
    "backbone",
    "reid",
    "attribute",
    "human_parsing",
    "human_pose",
    "pedestrian_detection",
)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "--checkpoint",
        required=True,
        help="name of a model, 'embedded', a .pth or .safetensors file, or a URL",
    )
    parser.add_argument("--out", type=Path, required=True, help=".onnx file to write")
    parser.add_argument(
        "--config", help="config of the model (default: the one of the name or file)"
    )
    parser.add_argument(
        "--task",
        choices=TASKS,
        help="refuse models of other tasks; backbone leaves out the head of any model "
        "(default: the model's task)",
    )
    parser.add_argument(
        "--semantic-weight",
        type=float,
        help="default λ of the file, in [0, 1] (default: the model's; 0.2 for "
        "'embedded', as in `python -m solider_mm features`; required for other "
        "backbones)",
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        help="size of the images in pixels (default: the model's)",
    )
    parser.add_argument(
        "--dynamic-size", action="store_true", help="take images of any size"
    )
    parser.add_argument(
        "--expects",
        choices=("0-1", "0-255", "imagenet"),
        default="imagenet",
        help="what the consumer feeds: RGB in 0…1, in 0…255, or normalized by "
        "ImageNet's mean and standard deviation; the rest is done in the file "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--half", "--fp16", action="store_true", help="store float16 weights"
    )
    return parser.parse_args(argv)


def export(args: argparse.Namespace) -> None:
    """Export, and print what was written."""
    from solider_mm.export import export_onnx

    facts = export_onnx(
        args.checkpoint,
        args.out,
        config=args.config,
        task=args.task,
        semantic_weight=args.semantic_weight,
        size=None if args.size is None else tuple(args.size),
        dynamic_size=args.dynamic_size,
        expects=args.expects,
        half=args.half,
    )
    height, width = facts["size"]
    size = "any size" if args.dynamic_size else f"{height}×{width} (H×W)"
    print(
        f"wrote {args.out}: {facts['task']} of {facts['model_name']}, {size}, any "
        f"batch, λ = {facts['semantic_weight']:g} by default; outputs "
        f"{', '.join(facts['outputs'])}; at most {facts['largest_difference']:.1e} "
        "from PyTorch"
    )


def main(argv: list[str] | None = None) -> int:
    """Export a model; return the exit code."""
    return run_command(export, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
