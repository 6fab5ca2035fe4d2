"""Synthetic pedestrians in the layout of LIP."""

from __future__ import annotations

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

Job = tuple[str, str, int, int]


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
    """Draw a parsing set in the layout of LIP.

    Makes ``{train,val}_images/<id>.jpg``, ``{train,val}_segmentations/<id>.png``
    (single channel, 20 classes) and ``{train,val}_id.txt``. Everyone is another
    person; sizes vary by a fifth around `size`, as crops do.

    Args:
        out: Folder to make.
        seed: Seed of the drawn world.
        num_train: Pictures for training.
        num_val: Pictures for validation.
        num_cameras: Cameras that take turns.
        size: Average ``(H, W)`` of the pictures.
        workers: Processes; 0 draws in this one.
        show_progress: Whether to show a progress bar.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is below 1.
        FileExistsError: If the folder holds something else than this drawing.
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
    jobs: list[Job] = []
    for number in range(num_train + num_val):
        split = "train" if number < num_train else "val"
        name = f"{number // 50:02d}_{number:06d}"
        jobs.append((split, name, number, number % num_cameras))
    with synthetic_folder(out, spec) as folder:
        draw = partial(_draw_crop, folder=folder, size=size, seed=seed)
        render_all(draw, jobs, workers, show_progress)
        for split in ("train", "val"):
            names = [name for part, name, _, _ in jobs if part == split]
            text = "".join(f"{name}\n" for name in names)
            (folder / f"{split}_id.txt").write_text(text, encoding="utf-8")
    return out


def _draw_crop(job: Job, folder: Path, size: tuple[int, int], seed: int) -> None:
    split, name, identity, camera = job
    rng = randomness.generator(seed, randomness.SPLIT, identity, 2)
    height, width = np.rint(np.array(size) * rng.uniform(0.8, 1.2, 2)).astype(int)
    shape = (max(16, int(height)), max(16, int(width)))
    person = render_pedestrian(identity, camera, 0, shape, seed)
    save_picture(folder / f"{split}_images" / f"{name}.jpg", person["image"])
    save_picture(folder / f"{split}_segmentations" / f"{name}.png", person["parts"])
