r"""Embed the images of a folder, list, LMDB or tar shards: one vector per image.

Writes one file per input shard, or per 10,000 images, with `features`, names and paths.
Files that exist are skipped, so that an interrupted run continues where it stopped.
Under torchrun each process writes its own share of the files.

    python tools/embed.py FOLDER --out DIR
    torchrun --nproc-per-node 8 tools/embed.py shards --out DIR --format parquet \
        --model CONFIG --weights CHECKPOINT --semantic-weight 0.2 --dtype bfloat16
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from solider_mm.command_line import create_parser, run_command
from solider_mm.device_option import add_device_option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solider_mm.datasets import PersonImages
    from solider_mm.inference.embedding_jobs import EmbeddingJob
    from solider_mm.inference.feature_extractor import FeatureExtractor


def parse_args() -> argparse.Namespace:
    """Parse the command line; torch is imported later."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "images",
        help="folder, LMDB, folder or URL of tar shards, or a text file with one path "
        "per line",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--format",
        choices=("safetensors", "parquet"),
        default="safetensors",
        help="of the files; parquet needs pyarrow (default: %(default)s)",
    )
    parser.add_argument(
        "--model", help="name, config or checkpoint (default: the embedded backbone)"
    )
    parser.add_argument("--weights", help="checkpoint, for a name or a config")
    parser.add_argument(
        "--semantic-weight", type=float, help="λ in [0, 1] (default: the model's own)"
    )
    parser.add_argument(
        "--size", type=int, nargs=2, metavar=("H", "W"), help="image size for the model"
    )
    parser.add_argument(
        "--normalize", action="store_true", help="scale vectors to unit length"
    )
    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16"),
        default="float32",
        help="precision of the model (default: %(default)s)",
    )
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument(
        "--workers", type=int, default=4, help="loading processes (default: 4)"
    )
    parser.add_argument(
        "--images-per-file",
        type=int,
        default=10_000,
        help="without shards (default: %(default)s)",
    )
    add_device_option(parser)
    args = parser.parse_args()
    for name in ("batch_size", "images_per_file"):
        if getattr(args, name) < 1:
            option = name.replace("_", "-")
            parser.error(f"--{option} is {getattr(args, name)}, expected at least 1")
    return args


def embed(args: argparse.Namespace) -> None:
    """Write the embeddings that are missing, and print their number."""
    from solider_mm.datasets.plain_images import open_images
    from solider_mm.inference.embedding_jobs import keep_settings
    from solider_mm.inference.feature_extractor import FeatureExtractor

    rank, world_size, local = (
        int(os.environ.get(name, default))
        for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    device = args.device
    if device in (None, "cuda") and world_size > 1 and _has_gpu():
        device = f"cuda:{local}"
    extractor = FeatureExtractor(
        args.model,
        args.weights,
        device,
        normalize=args.normalize,
        size=tuple(args.size) if args.size else None,
        show_progress=False,
    )
    images = open_images(args.images)
    keep_settings(
        args.out,
        {
            "images": len(images),
            "model": extractor.source.name,
            "weights": args.weights,
            "semantic_weight": args.semantic_weight,
            "size": list(extractor.size),
            "normalize": args.normalize,
            "dtype": args.dtype,
        },
    )
    jobs = jobs_of(images, args, rank, world_size)
    start = time.perf_counter()
    count = run_jobs(jobs, images, extractor, args)
    seconds = time.perf_counter() - start
    print(f"{count} embeddings in {len(jobs)} files in {args.out} ({seconds:.0f} s)")


def jobs_of(
    images: "PersonImages", args: argparse.Namespace, rank: int, world_size: int
) -> "list[EmbeddingJob]":
    """Files that this process writes: one per shard, or per so many images."""
    from solider_mm.inference.embedding_jobs import plan_jobs

    names = None
    bounds = images.shard_starts
    if bounds is None:
        starts = [*range(0, len(images), args.images_per_file), len(images)]
    else:
        starts = sorted(set(bounds.tolist()))  # without empty shards
        shards = (images.img_path(start).partition(".tar/")[0] for start in starts[:-1])
        names = [shard.replace("/", "_") for shard in shards]
    return plan_jobs(args.out, f".{args.format}", starts, names, rank, world_size)


def run_jobs(
    jobs: "list[EmbeddingJob]",
    images: "PersonImages",
    extractor: "FeatureExtractor",
    args: argparse.Namespace,
) -> int:
    """Load, embed and write; return the number of embeddings."""
    import numpy as np
    import torch
    from torch.utils.data import DataLoader
    from tqdm import tqdm

    from solider_mm.datasets.plain_images import PlainImages, collate_plain_images
    from solider_mm.inference.embedding_jobs import write_embeddings

    device = next(extractor.model.parameters()).device.type
    loader = DataLoader(
        PlainImages(images, extractor.size, extractor.mean, extractor.std),
        batch_size=args.batch_size,
        sampler=[i for job in jobs for i in range(job.start, job.stop)],
        num_workers=args.workers,
        collate_fn=collate_plain_images,
        pin_memory=device == "cuda",
    )

    def vectors(batch: torch.Tensor) -> "NDArray[np.float32]":
        dtype = torch.bfloat16 if args.dtype == "bfloat16" else None
        with torch.autocast(device, dtype, enabled=dtype is not None):
            results = extractor.predict(
                list(batch), [args.semantic_weight] * len(batch)
            )
        return np.stack([result["feature"] for result in results])

    batches = tqdm(loader, unit=" batches", disable=not jobs)
    return write_embeddings(jobs, batches, vectors, images.img_path)


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def main() -> int:
    """Embed; return the exit code."""
    return run_command(embed, parse_args())


if __name__ == "__main__":
    sys.exit(main())
