"""Time the loader of a training with its worker processes, against the baseline.

Images per second that reach the training process: files are read, decoded and
augmented as in the configs, two global views of 256×128 and eight local ones of 128×64.
Ours reads a folder, an LMDB and tar shards of the same files; the reference is torch's
loader on a folder, with torchvision on Pillow (`reference/augmentation.py`), normalized
in the loader. The first batches of an epoch, while the workers start, do not count.

    python benchmarks/dataloader.py --images FOLDER --workers 2
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.registry import DefaultScope
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import CONFIG, render_people
from benchmarks.reference.augmentation import MultiCrop, load_image
from benchmarks.report import Report
from benchmarks.side_by_side import COMPARED, add_options, compare, prepared
from solider_mm.datasets import PersonImages, write_lmdb, write_shards
from solider_mm.datasets.samplers import ResumableSampler, ShardSampler

SOURCES = ("folder", "lmdb", "shards")


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per source of ours."""
    args = parse_args(argv)
    report = Report(
        "dataloader",
        f"Loader with {args.workers} worker processes against the baseline",
        ["images from", *COMPARED, "ours, images/s", "reference, images/s"],
    )
    with prepared(args), tempfile.TemporaryDirectory() as scratch:
        folder = args.images or render_people(Path(scratch) / "synthetic")
        baseline = LiteralImages(folder)
        for source in args.sources:
            ours = our_images(folder, source, Path(scratch))
            times: dict[str, list[float]] = {"ours": [], "reference": []}
            for number in range(args.repeats):
                sides: dict[str, Any] = {"ours": ours, "reference": baseline}
                for name in list(sides) if number % 2 else list(sides)[::-1]:
                    times[name].append(seconds(sides[name], args))
            images = args.batch * args.batches
            speeds = [f"{images / sorted(t)[len(t) // 2]:.0f}" for t in times.values()]
            report.add(source, *compare(times["ours"], times["reference"]), *speeds)
        report.note(
            f"{args.batches} batches of {args.batch} per round, after the first "
            f"{waiting(args)}, while the workers start; the other side has none then."
        )
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--images", type=Path, help="folder; default: synthetic pedestrians"
    )
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--batch", type=int, default=32, help="images per batch")
    parser.add_argument("--batches", type=int, default=8, help="batches per round")
    add_options(
        parser, "--repeats", "--threads", "--record", "--document", repeats=5, threads=1
    )
    return parser.parse_args(argv)


class LiteralImages(Dataset[list[Tensor]]):
    """The reference's images: files of a folder, augmented by torchvision.

    Args:
        folder: Of the images.
    """

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(p for p in folder.rglob("*") if p.is_file())
        self.augment = MultiCrop()

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> list[Tensor]:
        return self.augment(load_image(self.paths[index]))


def our_images(folder: Path, source: str, scratch: Path) -> PersonImages:
    """Our images from one kind of source, made from the folder where needed."""
    pipeline = Config.fromfile(CONFIG / "multi_crop_256x128.py").train_pipeline
    options: dict[str, Any] = {"index_dir": scratch / "index"}
    with DefaultScope.overwrite_default_scope("solider_mm"):
        images = PersonImages(data_root=folder, pipeline=pipeline, **options)
        if source == "folder":
            return images
        out = scratch / source
        write = write_lmdb if source == "lmdb" else write_shards
        write(images.source.files(), out)
        options[source] = str(out)
        return PersonImages(data_root=scratch, pipeline=pipeline, **options)


def endless(args: argparse.Namespace, dataset: Any) -> Iterator[Any]:
    """Batches of a new loader, epoch after epoch."""
    ours = isinstance(dataset, PersonImages)
    sampler: Any = None
    if ours:
        in_shards = dataset.shard_starts is not None
        sampler = (ShardSampler if in_shards else ResumableSampler)(dataset, seed=0)
    loader = DataLoader(
        dataset,
        batch_size=args.batch,
        sampler=sampler,
        shuffle=not ours,
        num_workers=args.workers,
        persistent_workers=args.workers > 0,
        drop_last=True,
        collate_fn=default_collate if ours else None,
        worker_init_fn=one_thread,
    )
    if len(loader) == 0:
        raise SystemExit(
            f"{len(dataset)} images make no batch of {args.batch}: take a smaller "
            "--batch or more --images."
        )
    while True:
        yield from loader


def one_thread(worker: int) -> None:
    """What mmengine does in every worker."""
    del worker
    torch.set_num_threads(1)


def waiting(args: argparse.Namespace) -> int:
    """Batches that torch makes ahead, two per worker."""
    return 2 * max(args.workers, 1)


def seconds(dataset: Any, args: argparse.Namespace) -> float:
    """Time some batches of new workers, after their first ones."""
    batches = endless(args, dataset)
    for _ in range(waiting(args)):
        next(batches)
    start = time.perf_counter()
    for _ in range(args.batches):
        next(batches)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
