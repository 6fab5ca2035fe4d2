"""Decode every image of a data set and list the unreadable ones.

    python tools/analysis_tools/verify_images.py FOLDER --layout market1501 --workers 8

The exit code is 1 if there are any.
"""

import argparse
import sys
from multiprocessing import Pool
from typing import TYPE_CHECKING

from solider_mm.command_line import add_data_options, create_parser, run_command

if TYPE_CHECKING:
    from solider_mm.datasets import PersonImages


def parse_args() -> argparse.Namespace:
    """Parse the command line; torch is imported later."""
    parser = create_parser(__doc__)
    add_data_options(parser)
    parser.add_argument("--lmdb", help="LMDB of images, relative to data_root")
    parser.add_argument("--shards", help="tar shards, relative to data_root, or a URL")
    parser.add_argument(
        "--workers", type=int, default=4, help="processes (default: %(default)s)"
    )
    return parser.parse_args()


class Checker:
    """State of a worker process: the data set is sent once, not with every task."""

    images: "PersonImages"

    @classmethod
    def start(cls, images: "PersonImages") -> None:
        """Keep the data set in this process."""
        cls.images = images

    @classmethod
    def problem(cls, index: int) -> str | None:
        """Decode an image; return what is wrong with it, or None."""
        from solider_mm.datasets import LoadPersonImage, UnreadableImageError

        try:
            LoadPersonImage().transform(cls.images.get_data_info(index))
        except UnreadableImageError as error:
            return f"{cls.images.img_path(index)}: {error}"
        return None


def verify(args: argparse.Namespace) -> int:
    """Decode all images; return 1 if one is unreadable."""
    from tqdm import tqdm

    from solider_mm.datasets import PersonImages

    images = PersonImages(
        data_root=args.data_root,
        layout=args.layout,
        subset=args.subset,
        list_file=args.list_file,
        lmdb=args.lmdb,
        shards=args.shards,
        refresh_index=True,
    )
    bad = 0
    with Pool(args.workers, Checker.start, (images,)) as pool:
        problems = pool.imap(Checker.problem, range(len(images)), chunksize=64)
        for problem in tqdm(problems, total=len(images), unit=" images"):
            if problem is not None:
                bad += 1
                tqdm.write(problem, file=sys.stdout)
    print(f"{bad} of {len(images)} images are unreadable")
    return int(bad > 0)


def main() -> int:
    """Verify the images; return the exit code."""
    return run_command(verify, parse_args())


if __name__ == "__main__":
    sys.exit(main())
