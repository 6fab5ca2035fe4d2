"""Common parts of the writers: manifest, rendering in processes, saving images."""

import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from mmengine.utils import ProgressBar
from numpy.typing import NDArray
from PIL import Image

from solider_mm.fileio.atomic import atomic_folder

MANIFEST = "synthetic.json"
RENDERING_VERSION = 4
"""Increased whenever the same settings give other pictures than before."""

Job = TypeVar("Job")
Result = TypeVar("Result")
Spec = Mapping[str, Any]


def make_spec(layout: str, **settings: Any) -> dict[str, Any]:
    """Return the manifest of a folder: layout, rendering version and all settings."""
    plain = json.loads(json.dumps(settings))
    return {"layout": layout, "version": RENDERING_VERSION, **plain}


def is_rendered(out: Path, spec: Spec) -> bool:
    """Return whether a folder already has exactly this data.

    Args:
        out: Folder of the data.
        spec: Manifest from `make_spec`.

    Returns:
        True if nothing needs to be rendered, False if the folder is new or empty.

    Raises:
        FileExistsError: If the folder has other content.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    found = _manifest_of(out)
    if found == dict(spec):
        return True
    what = f"data with other settings ({found})" if found else "other files"
    raise FileExistsError(
        f"{out} already has {what}: expected an empty or new folder for "
        f"{dict(spec)}; choose another folder or delete this one."
    )


def _manifest_of(out: Path) -> Any:
    """Read the manifest of a folder; ``None`` if it has none that can be read."""
    manifest = out / MANIFEST
    if not manifest.is_file():
        return None
    try:
        return json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError:
        return None


@contextmanager
def synthetic_folder(out: Path, spec: Spec) -> Iterator[Path]:
    """Yield a temporary folder that is renamed to `out` at the end.

    Args:
        out: Folder to create; new or empty, see `is_rendered`.
        spec: Manifest to write into the folder.

    Yields:
        Folder to fill. If filling fails it is removed and `out` stays as it was.
    """
    with atomic_folder(out) as folder:
        yield folder
        text = json.dumps(dict(spec), indent=2) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")


def _start_worker() -> None:
    cv2.setNumThreads(1)


def render_all(
    render: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int = 0,
    show_progress: bool = True,
) -> list[Result]:
    """Run all rendering jobs, with a progress bar and optionally in processes.

    Args:
        render: Picklable function of one job.
        jobs: Jobs.
        workers: Number of processes; 0 or 1 renders in this process. They are
            spawned, so a script that uses them needs `if __name__ == "__main__":`.
        show_progress: Whether a progress bar is shown on the error stream.

    Returns:
        Results in the order of the jobs, the same for any number of workers.

    Raises:
        ValueError: If `workers` is negative.
    """
    if workers < 0:
        raise ValueError(
            f"workers must be 0 or larger, got {workers}; 0 renders in this process."
        )
    step = _progress(len(jobs) if show_progress else 0)
    results: list[Result] = []
    if workers <= 1:
        for job in jobs:
            results.append(render(job))
            step(len(results))
        return results
    # Not by fork: OpenCV's and torch's threads do not survive it, the child hangs.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker) as pool:
        for result in pool.map(render, jobs, chunksize=8):
            results.append(result)
            step(len(results))
    return results


def _progress(total: int) -> Callable[[int], None]:
    """Return a progress callback: 100 updates on a terminal, ten in a log file."""
    if total == 0:
        return lambda _: None
    bar = ProgressBar(total, file=sys.stderr)
    every = max(1, total // (100 if sys.stderr.isatty() else 10))

    def step(done: int) -> None:
        if done - bar.completed >= every or done == total:
            bar.update(done - bar.completed)
        if done == total:
            sys.stderr.write("\n")

    return step


def save_picture(path: Path, picture: NDArray[np.uint8], quality: int = 92) -> None:
    """Save an RGB picture or a label map; the suffix decides the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(picture)
    if path.suffix == ".jpg":
        image.save(path, quality=quality, subsampling=0)
    else:
        image.save(path)


def positive(**counts: int) -> None:
    """Check that counts are at least 1.

    Args:
        **counts: Counts by the name that the message gives.

    Raises:
        ValueError: If a count is below 1.
    """
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} is {count}: expected 1 or larger; raise it.")
