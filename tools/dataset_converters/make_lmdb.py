"""Copy the images of a data set into one LMDB, which `PersonImages(lmdb=…)` reads.

Millions of small files are slow on network disks; one LMDB is not. Files are copied
unchanged. An interrupted run continues where it stopped.

    python tools/dataset_converters/make_lmdb.py FOLDER OUT.lmdb --layout market1501
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import add_data_options, create_parser, run_command


def parse_args() -> argparse.Namespace:
    """Parse the command line; torch is imported later."""
    parser = create_parser(__doc__)
    add_data_options(parser)
    parser.add_argument("out", type=Path, help="LMDB to write (a folder)")
    return parser.parse_args()


def make_lmdb(args: argparse.Namespace) -> None:
    """Write the LMDB and print the number of images."""
    from tqdm import tqdm

    from solider_mm.datasets import PersonImages, write_lmdb

    images = PersonImages(
        data_root=args.data_root,
        layout=args.layout,
        subset=args.subset,
        list_file=args.list_file,
    )
    files = tqdm(images.source.files(), total=len(images), unit=" images")
    print(f"{write_lmdb(files, args.out)} images in {args.out}")


def main() -> int:
    """Write the LMDB; return the exit code."""
    return run_command(make_lmdb, parse_args())


if __name__ == "__main__":
    sys.exit(main())
