"""Copy the images of a data set into tar shards, which `PersonImages(shards=…)` reads.

For object stores and network disks, where millions of small files are slow. The shards
are plain tars in WebDataset's form: 00000.tar, 00001.tar, … and an index beside them.
Files are copied as they are. Interrupted runs continue where they stopped.

    python tools/dataset_converters/make_shards.py FOLDER OUT [--layout market1501] [--workers 16]
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from solider_mm.datasets import LAYOUTS, PersonImages, write_shards


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_root", help="folder of the images")
    parser.add_argument("out", type=Path, help="folder to make, for the shards")
    parser.add_argument("--layout", choices=list(LAYOUTS), default="folder")
    parser.add_argument("--subset", help="subset of the layout, e.g. train")
    parser.add_argument("--list-file", help="list of images, relative to data_root")
    parser.add_argument(
        "--images-per-shard",
        type=int,
        default=10_000,
        help="at most; a shard also ends at 1 GiB (default 10000)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=4,
        help="threads that read files; more help on slow disks (default 4)",
    )
    return parser.parse_args()


def main() -> None:
    """Make the shards."""
    args = parse_args()
    images = PersonImages(
        data_root=args.data_root,
        layout=args.layout,
        subset=args.subset,
        list_file=args.list_file,
    )
    files = tqdm(images.source.files(), total=len(images), unit=" images")
    count = write_shards(
        files,
        args.out,
        images_per_shard=args.images_per_shard,
        workers=args.workers,
    )
    print(f"{count} images in {args.out}")


if __name__ == "__main__":
    main()
