"""Convert the community's attribute pickles (PETA, RAPv2, PA100K) to JSON.

    python tools/dataset_converters/convert_attributes.py dataset_zs_run0.pkl data/PETA/zero_shot

OUT gets train.json, val.json, trainval.json and test.json, as far as the pickle has
these splits; solider_mm.AttributeJSON reads them. A pickle is a program: it is read
here without running anything, and refused if it holds more than arrays, numbers, text
and dicts. --trust-pickle runs it as it is.
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pickle", type=Path, help="for example dataset_zs_run0.pkl")
    parser.add_argument("out", type=Path, help="folder for the JSON files")
    parser.add_argument(
        "--run",
        type=int,
        default=0,
        help="which partition, where the file holds several (default: the first)",
    )
    parser.add_argument(
        "--trust-pickle",
        action="store_true",
        help="run the file as it is, like a program of its author",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Convert, and say what was written."""
    args = parse_args(argv)
    # Imported late, so that --help answers at once.
    from solider_mm.downstream.attribute.pickle_conversion import (
        convert_pickle,
        write_splits,
    )
    from solider_mm.downstream.attribute.safe_pickle import load_pickle
    from solider_mm.engine import launching

    with launching.report_user_errors():
        print(f"reading {args.pickle}")
        content = load_pickle(args.pickle, trust=args.trust_pickle)
        splits = convert_pickle(content, args.pickle, run=args.run)
        names = next(iter(splits.values()))["metainfo"]["classes"]
        print(f"{len(names)} attributes: {', '.join(names)}")
        for path, count in write_splits(splits, args.out):
            print(f"wrote {path}: {count} images")
    return 0


if __name__ == "__main__":
    sys.exit(main())
