"""Write CityPersons' original annotations as COCO-style JSON.

    python tools/dataset_converters/convert_citypersons.py anno_train.mat train.json --for training
    python tools/dataset_converters/convert_citypersons.py anno_val.mat val_gt.json --for evaluation

For training, pedestrians of at least 50 px are to be found and everything else is an
ignore region (iscrowd). For evaluation it is the official file, field by field. Our
data set and metric read the .mat files as well; other tools want the JSON.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

PURPOSES = ("training", "evaluation")


def main() -> int:
    """Do what the command line says; 1 if the file cannot be read."""
    args = parse_args()
    # Slow imports wait until the command line is known to be good.
    from solider_mm.evaluation.citypersons.cells import read_cells
    from solider_mm.evaluation.citypersons.files import (
        evaluation_records,
        training_records,
    )
    from solider_mm.fileio.json_file import write_json

    try:
        images = read_cells(args.mat)
    except (FileNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if args.purpose == "training":
        content = training_records(images, tuple(args.size), args.least_height)
    else:
        content = evaluation_records(images, tuple(args.size))
    write_json(args.json, content)
    kinds = Counter(bool(e["ignore"] or e["iscrowd"]) for e in content["annotations"])
    print(
        f"wrote {args.json}: {len(images)} images, {kinds[False]} people, "
        f"{kinds[True]} ignored boxes"
    )
    return 0


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mat", type=Path, help="anno_train.mat or anno_val.mat")
    parser.add_argument("json", type=Path, help="file to write")
    parser.add_argument(
        "--for",
        dest="purpose",
        choices=PURPOSES,
        required=True,
        help="by which rules boxes are ignored",
    )
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        default=(1024, 2048),
        help="of the images; the original file does not tell (default: 1024 2048)",
    )
    parser.add_argument(
        "--least-height",
        type=int,
        default=50,
        metavar="PIXELS",
        help="of people to be found in training (default: 50)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
