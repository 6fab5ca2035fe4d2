"""Synthetic pedestrians in the layout of LIP."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from solider_mm.synthetic import randomness
from solider_mm.synthetic.pedestrian import render_pedestrian
from solider_mm.synthetic.writers.layout import (
    is_rendered,
    make_spec,
    positive,
    render_all,
    save_picture,
    synthetic_folder,
)


@dataclass(frozen=True)
class CropJob:
    """One crop to render.

    Attributes:
        split: `train` or `val`.
        name: File name without suffix.
        identity: Number of the person.
        camera: Number of the camera.
    """

    split: str
    name: str
    identity: int
    camera: int


def write_lip(
    out: str | Path,
    *,
    seed: int = 0,
    num_train: int = 400,
    num_val: int = 100,
    num_cameras: int = 6,
    size: tuple[int, int] = (320, 160),
    workers: int = 0,
    show_progress: bool = True,
) -> Path:
    """Write a synthetic parsing data set in the layout of LIP.

    Writes ``{train,val}_images/<id>.jpg``, ``{train,val}_segmentations/<id>.png``
    (single channel, 20 classes) and ``{train,val}_id.txt``. Every image
    shows another person; sizes vary by a fifth around `size`, as crops do.

    Args:
        out: Folder to create.
        seed: Seed of the synthetic world.
        num_train: Number of training images.
        num_val: Number of validation images.
        num_cameras: Number of cameras, used in turn.
        size: Average ``(H, W)`` of the pictures.
        workers: Number of processes; 0 renders in this process.
        show_progress: Whether a progress bar is shown.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is below 1.
        FileExistsError: If the folder has other content than this data set.
    """
    positive(num_train=num_train, num_val=num_val, num_cameras=num_cameras)
    out = Path(out)
    spec = make_spec(
        "lip",
        seed=seed,
        num_train=num_train,
        num_val=num_val,
        num_cameras=num_cameras,
        size=size,
    )
    if is_rendered(out, spec):
        return out
    jobs: list[CropJob] = []
    for number in range(num_train + num_val):
        split = "train" if number < num_train else "val"
        name = f"{number // 50:02d}_{number:06d}"
        jobs.append(CropJob(split, name, number, number % num_cameras))
    with synthetic_folder(out, spec) as folder:
        render = partial(_render_crop, folder=folder, size=size, seed=seed)
        render_all(render, jobs, workers, show_progress)
        for split in ("train", "val"):
            names = [job.name for job in jobs if job.split == split]
            text = "".join(f"{name}\n" for name in names)
            (folder / f"{split}_id.txt").write_text(text, encoding="utf-8")
    return out


def _render_crop(job: CropJob, folder: Path, size: tuple[int, int], seed: int) -> None:
    rng = randomness.generator(seed, randomness.SPLIT, job.identity, 2)
    height, width = np.rint(np.array(size) * rng.uniform(0.8, 1.2, 2)).astype(int)
    shape = (max(16, int(height)), max(16, int(width)))
    person = render_pedestrian(job.identity, job.camera, 0, shape, seed)
    save_picture(folder / f"{job.split}_images" / f"{job.name}.jpg", person["image"])
    save_picture(
        folder / f"{job.split}_segmentations" / f"{job.name}.png", person["parts"]
    )
