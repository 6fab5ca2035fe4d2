"""Synthetic pedestrians in the layout of PA100K."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from solider_mm.synthetic.figure.attributes import pa100k_vector
from solider_mm.synthetic.figure.labels import PA100K_ATTRIBUTES
from solider_mm.synthetic.pedestrian import render_pedestrian
from solider_mm.synthetic.writers.layout import (
    is_rendered,
    make_spec,
    render_all,
    save_picture,
    synthetic_folder,
)
from solider_mm.synthetic.writers.scenes import cells

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class CropJob:
    """One crop to render.

    Attributes:
        number: Number of the image, from 1.
        identity: Number of the person.
        camera: Number of the camera.
        shot: Number of the shot.
    """

    number: int
    identity: int
    camera: int
    shot: int


def write_pa100k(  # noqa: PLR0913
    out: str | Path,
    *,
    seed: int = 0,
    num_train: int = 800,
    num_val: int = 100,
    num_test: int = 100,
    shots_per_identity: int = 4,
    num_cameras: int = 6,
    size: tuple[int, int] = (192, 96),
    workers: int = 0,
    show_progress: bool = True,
) -> Path:
    """Write a synthetic attribute data set in the layout of PA100K.

    Writes `data/` and `annotation.mat`. No person is in two splits.

    Args:
        out: Folder to create.
        seed: Seed of the synthetic world.
        num_train: Number of training images.
        num_val: Number of validation images.
        num_test: Number of test images.
        shots_per_identity: Number of images per person.
        num_cameras: Number of cameras, used in turn.
        size: ``(H, W)`` of the pictures.
        workers: Number of processes; 0 renders in this process.
        show_progress: Whether a progress bar is shown.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is below 1.
        FileExistsError: If the folder has other content than this data set.
    """
    counts = (num_train, num_val, num_test)
    if min(*counts, shots_per_identity, num_cameras) < 1:
        raise ValueError(
            "num_train, num_val, num_test, shots_per_identity and num_cameras must be "
            f"1 or larger, got {(*counts, shots_per_identity, num_cameras)}; the "
            "layout has three splits."
        )
    out = Path(out)
    spec = make_spec(
        "pa100k",
        seed=seed,
        counts=counts,
        shots_per_identity=shots_per_identity,
        num_cameras=num_cameras,
        size=size,
    )
    if is_rendered(out, spec):
        return out
    jobs = _plan(counts, shots_per_identity, num_cameras)
    with synthetic_folder(out, spec) as folder:
        render = partial(_render_crop, folder=folder, size=size, seed=seed)
        labels = np.stack(render_all(render, jobs, workers, show_progress))
        _save_annotation(folder / "annotation.mat", labels, counts)
    return out


def _plan(counts: tuple[int, int, int], shots: int, num_cameras: int) -> list[CropJob]:
    """List the crops; each split starts with a new person."""
    jobs: list[CropJob] = []
    identity = -1
    for count in counts:
        for position in range(count):
            shot = position % shots
            identity += shot == 0
            camera = (identity + shot) % num_cameras
            jobs.append(CropJob(len(jobs) + 1, identity, camera, shot))
    return jobs


def _render_crop(
    job: CropJob, folder: Path, size: tuple[int, int], seed: int
) -> NDArray[np.uint8]:
    person = render_pedestrian(job.identity, job.camera, job.shot, size, seed)
    save_picture(folder / "data" / f"{job.number:06d}.jpg", person["image"])
    return pa100k_vector(person["attributes"])


def _save_annotation(
    path: Path, labels: NDArray[np.uint8], counts: tuple[int, int, int]
) -> None:
    tables: dict[str, object] = {"attributes": cells(PA100K_ATTRIBUTES)}
    start = 0
    for split, count in zip(SPLITS, counts, strict=True):
        names = [f"{number + 1:06d}.jpg" for number in range(start, start + count)]
        tables[f"{split}_images_name"] = cells(names)
        tables[f"{split}_label"] = labels[start : start + count]
        start += count
    savemat(path, tables)
