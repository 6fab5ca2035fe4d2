r"""Show the semantic parts that a backbone finds in person images.

One row per image: the image, then for every λ its foreground, its parts and a masked
copy.

Examples:
    python tools/visualization/show_semantic_parts.py crops/ \
        --checkpoint solider_swin_tiny.pth
    python tools/visualization/show_semantic_parts.py a.jpg b.jpg \
        --config configs/pretrain/CONFIG.py \
        --checkpoint work_dirs/CONFIG/epoch_10.pth --semantic-weight 1 0.2 --num-parts 4
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import create_parser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    parser.add_argument("images", nargs="+", help="image files or folders of them")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("semantic_parts.png"),
        help="panel to write (default: %(default)s)",
    )
    parser.add_argument(
        "--checkpoint",
        help="weights: official, of OpenMMLab, or of a pretraining run (its teacher is "
        "used); without it and without --config or --arch: the embedded nano weights, "
        "trained on synthetic pedestrians",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--config", help="config with backbone, clusterer and image size")
    what.add_argument(
        "--arch",
        choices=("tiny", "small", "base"),
        help="backbone without a config (default: read from the checkpoint)",
    )
    parser.add_argument(
        "--semantic-weight",
        type=float,
        nargs="+",
        default=[1.0],
        metavar="λ",
        help="one or more λ in [0, 1] to compare (default: 1, which training uses)",
    )
    parser.add_argument(
        "--num-parts",
        type=int,
        metavar="N",
        help="1 to 8 (default: that of the config, or 3)",
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        help="image size (default: that of the config, or 256 128)",
    )
    parser.add_argument(
        "--max-images",
        type=int,
        default=24,
        help="maximum number, evenly spaced (default: %(default)s)",
    )
    parser.add_argument("--batch-size", type=int, default=32, help="images per pass")
    parser.add_argument("--device", help="default: a GPU if there is one")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Plot the panel; return the exit code."""
    return run_command(show, parse_args(argv))


def show(args: argparse.Namespace) -> None:
    """Find the semantic parts and write the panel."""
    from tqdm import tqdm

    from solider_mm.checkpoints import EMBEDDED_SIZE, embedded_backbone
    from solider_mm.inference import (
        SemanticPartsFinder,
        evenly_spaced,
        list_images,
        read_images,
    )
    from solider_mm.inference.model_building import checked_device
    from solider_mm.visualization import plot_semantic_parts, write_image

    device = checked_device(args.device)
    paths = evenly_spaced(list_images(args.images), args.max_images)
    images, paths, problems = read_images(paths)
    for problem in problems:
        print(f"skipped: {problem}", file=sys.stderr)
    embedded = not (args.checkpoint or args.config or args.arch)
    if not (args.checkpoint or embedded):
        print("no --checkpoint: unless the config names one, the weights are random")
    settings = {
        "checkpoint": args.checkpoint,
        "batch_size": args.batch_size,
        "device": device,
    }
    if args.config:
        inferencer = SemanticPartsFinder.from_config(
            args.config, num_parts=args.num_parts, size=args.size, **settings
        )
    else:
        clusterer = {} if args.num_parts is None else {"num_parts": args.num_parts}
        backbone = {"arch": args.arch} if args.arch else {}
        size = (256, 128)
        if embedded:
            backbone, size = embedded_backbone(), EMBEDDED_SIZE
        inferencer = SemanticPartsFinder(
            backbone, clusterer, size=args.size or size, **settings
        )
    total = len(images) * len(args.semantic_weight)
    with tqdm(total=total, unit="image") as bar:
        views = [
            inferencer(images, weight, progress=bar.update)
            for weight in args.semantic_weight
        ]
    panel = plot_semantic_parts(
        images,
        views,
        num_parts=inferencer.num_parts,
        names=[path.name for path in paths],
    )
    print(write_image(panel, args.out))


if __name__ == "__main__":
    sys.exit(main())
