"""Copy the images of a data set into one LMDB, which `PersonImages(lmdb=…)` reads.

Millions of small files are slow on network disks; one LMDB is not. Files are copied as
they are. Interrupted runs continue where they stopped.

    python tools/dataset_converters/make_lmdb.py FOLDER OUT.lmdb [--layout market1501]
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from solider_mm.datasets import LAYOUTS, PersonImages, write_lmdb


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_root", help="folder of the images")
    parser.add_argument("out", type=Path, help="LMDB to make (a folder)")
    parser.add_argument("--layout", choices=list(LAYOUTS), default="folder")
    parser.add_argument("--subset", help="subset of the layout, e.g. train")
    parser.add_argument("--list-file", help="list of images, relative to data_root")
    return parser.parse_args()


def main() -> None:
    """Make the LMDB."""
    args = parse_args()
    images = PersonImages(
        data_root=args.data_root,
        layout=args.layout,
        subset=args.subset,
        list_file=args.list_file,
    )
    files = tqdm(images.source.files(), total=len(images), unit=" images")
    count = write_lmdb(files, args.out)
    print(f"{count} images in {args.out}")


if __name__ == "__main__":
    main()
