r"""Convert the original annotations of CityPersons to COCO-style JSON.

    python tools/dataset_converters/convert_citypersons.py \
        anno_train.mat train.json --for training
    python tools/dataset_converters/convert_citypersons.py \
        anno_val.mat val_gt.json --for evaluation

For training, pedestrians of at least 50 px are positives and everything else is an
ignore region (iscrowd). For evaluation the result is the official file, field by field.
Our data set and metric also read the .mat files; other tools need the JSON.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from solider_mm.command_line import create_parser, run_command

PURPOSES = ("training", "evaluation")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument("mat", type=Path, help="anno_train.mat or anno_val.mat")
    parser.add_argument("json", type=Path, help="file to write")
    parser.add_argument(
        "--for",
        dest="purpose",
        choices=PURPOSES,
        required=True,
        help="purpose, which decides which boxes are ignored",
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        default=(1024, 2048),
        help="image size, which the file lacks (default: 1024 2048)",
    )
    parser.add_argument(
        "--least-height",
        type=int,
        default=50,
        metavar="PIXELS",
        help="minimum height of positives in training (default: 50)",
    )
    return parser.parse_args(argv)


def convert(args: argparse.Namespace) -> None:
    """Write the JSON file and print what it holds."""
    from solider_mm.evaluation.citypersons import files as citypersons_files
    from solider_mm.evaluation.citypersons.cells import read_cells
    from solider_mm.fileio.json_file import write_json

    images = read_cells(args.mat)
    size = tuple(args.size)
    if args.purpose == "training":
        content = citypersons_files.training_records(images, size, args.least_height)
    else:
        content = citypersons_files.evaluation_records(images, size)
    write_json(args.json, content)
    kinds = Counter(bool(e["ignore"] or e["iscrowd"]) for e in content["annotations"])
    print(
        f"wrote {args.json}: {len(images)} images, {kinds[False]} people, "
        f"{kinds[True]} ignored boxes"
    )


def main(argv: list[str] | None = None) -> int:
    """Convert the annotations; return the exit code."""
    return run_command(convert, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
