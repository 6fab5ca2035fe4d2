"""What all layouts share: a folder that appears whole or not at all."""

from __future__ import annotations

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
"""Raised whenever the same spec draws other pictures than before."""

Job = TypeVar("Job")
Result = TypeVar("Result")
Spec = Mapping[str, Any]


def make_spec(layout: str, **settings: Any) -> dict[str, Any]:
    """Describe a drawn folder: layout, drawing version and all settings."""
    plain = json.loads(json.dumps(settings))
    return {"layout": layout, "version": RENDERING_VERSION, **plain}


def is_rendered(out: Path, spec: Spec) -> bool:
    """Tell whether a folder already holds exactly this drawing.

    Args:
        out: The folder.
        spec: From :func:`make_spec`.

    Returns:
        ``True`` if nothing needs to be drawn, ``False`` if the place is free.

    Raises:
        FileExistsError: If something else is there.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    found = _manifest_of(out)
    if found == dict(spec):
        return True
    what = f"a drawing with other settings ({found})" if found else "other files"
    raise FileExistsError(
        f"{out} already holds {what}, expected an empty or new folder for "
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
    """Give a temporary folder beside `out` that takes its place at the end.

    Args:
        out: Where the drawing shall appear; must be free (see :func:`is_rendered`).
        spec: Written into the folder as its manifest.

    Yields:
        The folder to fill. If filling fails it is removed and `out` stays as it was.
    """
    with atomic_folder(out) as folder:
        yield folder
        text = json.dumps(dict(spec), indent=2) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")


def _start_worker() -> None:
    cv2.setNumThreads(1)


def render_all(
    draw: Callable[[Job], Result],
    jobs: Sequence[Job],
    workers: int = 0,
    show_progress: bool = True,
) -> list[Result]:
    """Do all drawing jobs, with a progress bar and, if asked, in several processes.

    Args:
        draw: Picklable function of one job.
        jobs: The jobs.
        workers: Processes; 0 or 1 draws in this process. They are spawned, so that a
            script that asks for them needs ``if __name__ == "__main__":``.
        show_progress: Whether to show a bar on the error stream.

    Returns:
        The results in the order of the jobs; the same for any number of workers.

    Raises:
        ValueError: If `workers` is negative.
    """
    if workers < 0:
        raise ValueError(
            f"workers must be 0 or larger, got {workers}; 0 draws in this process."
        )
    step = _progress(len(jobs) if show_progress else 0)
    results: list[Result] = []
    if workers <= 1:
        for job in jobs:
            results.append(draw(job))
            step(len(results))
        return results
    # Not by fork: OpenCV's and torch's threads do not survive it, the child hangs.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker) as pool:
        for result in pool.map(draw, jobs, chunksize=8):
            results.append(result)
            step(len(results))
    return results


def _progress(total: int) -> Callable[[int], None]:
    """Make a bar that moves often on a terminal and ten times in a log file."""
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

    Raises:
        ValueError: If one is not, naming it.
    """
    for name, count in counts.items():
        if count < 1:
            raise ValueError(
                f"{name} must be 1 or larger, got {count}; give the number to draw."
            )
