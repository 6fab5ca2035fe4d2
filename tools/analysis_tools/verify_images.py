"""Decode every image of a data set and name those that cannot be read.

    python tools/analysis_tools/verify_images.py FOLDER [--layout market1501] [--workers 8]

The exit status is 1 if there are any.
"""

import argparse
import sys
from multiprocessing import Pool

from tqdm import tqdm

from solider_mm.datasets import (
    LAYOUTS,
    LoadPersonImage,
    PersonImages,
    UnreadableImageError,
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_root", help="folder of the images")
    parser.add_argument("--layout", choices=list(LAYOUTS), default="folder")
    parser.add_argument("--subset", help="subset of the layout, e.g. train")
    parser.add_argument("--list-file", help="list of images, relative to data_root")
    parser.add_argument("--lmdb", help="LMDB of images, relative to data_root")
    parser.add_argument("--shards", help="tar shards, relative to data_root, or a URL")
    parser.add_argument("--workers", type=int, default=4, help="processes")
    return parser.parse_args()


class Checker:
    """What a worker process holds: the data set, sent once and not with every task."""

    images: PersonImages

    @classmethod
    def start(cls, images: PersonImages) -> None:
        """Keep the data set in this process."""
        cls.images = images

    @classmethod
    def complaint(cls, index: int) -> str | None:
        """Say what is wrong with an image, or nothing."""
        try:
            LoadPersonImage().transform(cls.images.get_data_info(index))
        except UnreadableImageError as error:
            return f"{cls.images.img_path(index)}: {error}"
        return None


def main() -> int:
    """Check all images; return the exit status."""
    args = parse_args()
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
        answers = pool.imap(Checker.complaint, range(len(images)), chunksize=64)
        for answer in tqdm(answers, total=len(images), unit=" images"):
            if answer is not None:
                bad += 1
                tqdm.write(answer, file=sys.stdout)
    print(f"{bad} of {len(images)} images are unreadable")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
