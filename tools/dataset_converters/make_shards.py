"""Copy the images of a data set into tar shards, which `PersonImages(shards=…)` reads.

For object stores and network disks, where millions of small files are slow. The shards
are plain tars in the WebDataset layout, 00000.tar, 00001.tar, …, with an index. Files
are copied unchanged. An interrupted run continues where it stopped.

    python tools/dataset_converters/make_shards.py FOLDER OUT --layout market1501
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import add_data_options, create_parser, run_command


def parse_args() -> argparse.Namespace:
    """Parse the command line; torch is imported later."""
    parser = create_parser(__doc__)
    add_data_options(parser)
    parser.add_argument("out", type=Path, help="folder to write the shards to")
    parser.add_argument(
        "--images-per-shard",
        type=int,
        default=10_000,
        help="maximum; a shard also ends at 1 GiB (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=4,
        help="reading threads; slow disks need more (default: %(default)s)",
    )
    return parser.parse_args()


def make_shards(args: argparse.Namespace) -> None:
    """Write the shards and print the number of images."""
    from tqdm import tqdm

    from solider_mm.datasets import PersonImages, write_shards

    images = PersonImages(
        data_root=args.data_root,
        layout=args.layout,
        subset=args.subset,
        list_file=args.list_file,
    )
    count = write_shards(
        tqdm(images.source.files(), total=len(images), unit=" images"),
        args.out,
        images_per_shard=args.images_per_shard,
        workers=args.workers,
    )
    print(f"{count} images in {args.out}")


def main() -> int:
    """Write the shards; return the exit code."""
    return run_command(make_shards, parse_args())


if __name__ == "__main__":
    sys.exit(main())
