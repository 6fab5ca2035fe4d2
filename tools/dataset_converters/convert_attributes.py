r"""Convert the community's attribute pickles (PETA, RAPv2, PA100K) to JSON.

    python tools/dataset_converters/convert_attributes.py dataset_zs_run0.pkl \
        data/PETA/zero_shot

Writes train.json, val.json, trainval.json and test.json to OUT, as far as the pickle
has these splits; `solider_mm.AttributeJSON` reads them. The pickle is read without
running code from it, and refused if it holds more than arrays, numbers, text and dicts;
--trust-pickle runs it.
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import create_parser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument("pickle", type=Path, help="for example dataset_zs_run0.pkl")
    parser.add_argument("out", type=Path, help="folder for the JSON files")
    parser.add_argument(
        "--run",
        type=int,
        default=0,
        help="partition, if the file holds several (default: the first)",
    )
    parser.add_argument(
        "--trust-pickle",
        action="store_true",
        help="unpickle the file normally, which runs any code in it",
    )
    return parser.parse_args(argv)


def convert(args: argparse.Namespace) -> None:
    """Write the splits and print what was written."""
    from solider_mm.downstream.attribute.pickle_conversion import (
        convert_pickle,
        write_splits,
    )
    from solider_mm.downstream.attribute.safe_pickle import load_pickle

    print(f"reading {args.pickle}")
    content = load_pickle(args.pickle, trust=args.trust_pickle)
    splits = convert_pickle(content, args.pickle, run=args.run)
    names = next(iter(splits.values()))["metainfo"]["classes"]
    print(f"{len(names)} attributes: {', '.join(names)}")
    for path, count in write_splits(splits, args.out):
        print(f"wrote {path}: {count} images")


def main(argv: list[str] | None = None) -> int:
    """Convert the pickle; return the exit code."""
    return run_command(convert, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
