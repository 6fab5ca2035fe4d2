"""Files of embeddings: which images go into which, their settings, and writing them."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from solider_mm.fileio.atomic import atomic_path
from solider_mm.inference.feature_file import FeatureTable, save_features

__all__ = ["EmbeddingJob", "keep_settings", "plan_jobs", "write_embeddings"]

SETTINGS = "embedding.json"


@dataclass(frozen=True)
class EmbeddingJob:
    """One file of embeddings.

    Attributes:
        path: File to write.
        start: Number of its first image.
        stop: Number after its last image.
    """

    path: Path
    start: int
    stop: int


def plan_jobs(
    folder: Path,
    suffix: str,
    starts: Sequence[int],
    names: Sequence[str] | None = None,
    rank: int = 0,
    world_size: int = 1,
) -> list[EmbeddingJob]:
    """List the files that a process has to write; those that exist are left out.

    Files are complete when they exist, because they are written atomically.

    Args:
        folder: Folder of the files.
        suffix: Suffix of the files, with its dot.
        starts: First image of each file, and the number of images.
        names: Name of each file without suffix; None numbers them.
        rank: Number of this process.
        world_size: Number of processes, which take turns.

    Returns:
        Jobs in order.
    """
    count = len(starts) - 1
    stems = [f"{i:05}" for i in range(count)] if names is None else list(names)
    jobs = [
        EmbeddingJob(folder / f"{stems[i]}{suffix}", int(starts[i]), int(starts[i + 1]))
        for i in range(count)
        if starts[i] < starts[i + 1]
    ]
    return [job for job in jobs[rank::world_size] if not job.path.exists()]


def keep_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings beside the embeddings; refuse to mix two of them.

    Args:
        folder: Folder of the embeddings; it is made.
        settings: Values for JSON.

    Raises:
        ValueError: If the folder holds embeddings of other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / SETTINGS
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    if not file.is_file():
        with atomic_path(file) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return
    kept = json.loads(file.read_text(encoding="utf-8"))
    ours = json.loads(text)
    changed = [key for key in {**kept, **ours} if kept.get(key) != ours.get(key)]
    if changed:
        key = min(changed)
        raise ValueError(
            f"{folder} holds embeddings with {key}={kept.get(key)!r}, not "
            f"{ours.get(key)!r}: expected the same settings; give another --out, or "
            "remove that folder"
        )


def write_embeddings(
    jobs: Sequence[EmbeddingJob],
    batches: Iterable[tuple[int, list[int], Tensor | None]],
    embed: Callable[[Tensor], NDArray[np.float32]],
    source_of: Callable[[int], str],
) -> int:
    """Embed batches and write each file once all its images have passed.

    Args:
        jobs: Files in order.
        batches: Number of the last image, numbers of the readable images, and these
            images (B, 3, H, W), or None if there are none; in the order of the jobs.
        embed: Function from images to vectors (B, C).
        source_of: Function from the number of an image to its path.

    Returns:
        Number of vectors written.
    """
    waiting, numbers, written = deque(jobs), list[int](), 0
    vectors: list[NDArray[np.float32]] = []
    for last, some, images in batches:
        if images is not None:
            numbers += some
            vectors += list(embed(images))
        while waiting and waiting[0].stop <= last + 1:
            job = waiting.popleft()
            count = sum(number < job.stop for number in numbers)
            sources = [source_of(number) for number in numbers[:count]]
            rows = np.stack(vectors[:count]) if count else np.zeros((0, 0), np.float32)
            save_features(FeatureTable(rows, sources), job.path)
            numbers, vectors, written = (
                numbers[count:],
                vectors[count:],
                written + count,
            )
    return written
