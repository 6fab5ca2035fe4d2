"""Synthetic pedestrians in the layout of Market-1501."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

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
from solider_mm.synthetic.writers.truth import save_truth

TRAIN, QUERY, GALLERY = "bounding_box_train", "query", "bounding_box_test"


@dataclass(frozen=True)
class CropJob:
    """One crop to draw.

    Attributes:
        folder: Folder below the root.
        name: File name without suffix.
        identity: Number of the person in the drawn world.
        camera: Number of the camera.
        shot: Number of the shot.
    """

    folder: str
    name: str
    identity: int
    camera: int
    shot: int


def write_market1501(  # noqa: PLR0913
    out: str | Path,
    *,
    seed: int = 0,
    num_identities: int = 150,
    num_test_identities: int = 50,
    num_cameras: int = 6,
    shots_per_camera: int = 3,
    num_distractors: int = 20,
    size: tuple[int, int] = (128, 64),
    truth: bool = True,
    background: str = "street",
    workers: int = 0,
    show_progress: bool = True,
) -> Path:
    """Draw a re-identification set in the layout of Market-1501.

    Each person is seen by two or more of the cameras. Of a test person the first shot
    of each camera is a query, the others are gallery. Distractors have identity 0000
    and are in the gallery only. ``truth/<folder>/<name>.npz`` holds the exact truth
    of each crop (:func:`load_truth`).

    Args:
        out: Folder to make.
        seed: Seed of the drawn world.
        num_identities: People in ``bounding_box_train``.
        num_test_identities: Other people, in ``query`` and ``bounding_box_test``.
        num_cameras: Cameras, 2 to 9.
        shots_per_camera: Crops of each person in each camera that sees it.
        num_distractors: Gallery crops of people that are nobody's query.
        size: ``(H, W)`` of the crops.
        truth: Whether to write ``truth/``.
        background: What is behind the people, see :func:`render_pedestrian`.
        workers: Processes; 0 draws in this one.
        show_progress: Whether to show a progress bar.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is out of range.
        FileExistsError: If the folder holds something else than this drawing.
    """
    positive(num_identities=num_identities, shots_per_camera=shots_per_camera)
    if not 2 <= num_cameras <= 9:
        raise ValueError(
            f"num_cameras must be in 2…9, got {num_cameras}; file names of this "
            "layout hold one digit and re-identification needs two cameras."
        )
    if min(num_test_identities, num_distractors) < 0:
        raise ValueError(
            "num_test_identities and num_distractors must be 0 or larger, got "
            f"{num_test_identities} and {num_distractors}; give 0 to leave them out."
        )
    out = Path(out)
    spec = make_spec(
        "market1501",
        seed=seed,
        num_identities=num_identities,
        num_test_identities=num_test_identities,
        num_cameras=num_cameras,
        shots_per_camera=shots_per_camera,
        num_distractors=num_distractors,
        size=size,
        truth=truth,
        background=background,
    )
    if is_rendered(out, spec):
        return out
    people = (num_identities, num_test_identities, num_distractors)
    jobs = _plan(seed, people, num_cameras, shots_per_camera)
    with synthetic_folder(out, spec) as folder:
        for name in (TRAIN, QUERY, GALLERY):
            (folder / name).mkdir()
        draw = partial(
            _draw_crop,
            folder=folder,
            world=(size, seed, background),
            truth=truth,
        )
        render_all(draw, jobs, workers, show_progress)
    return out


def _draw_crop(
    job: CropJob,
    folder: Path,
    world: tuple[tuple[int, int], int, str],
    truth: bool,
) -> None:
    person = render_pedestrian(job.identity, job.camera, job.shot, *world)
    save_picture(folder / job.folder / f"{job.name}.jpg", person["image"])
    if truth:
        save_truth(folder / "truth" / job.folder / f"{job.name}.npz", person)


def _plan(
    seed: int, people: tuple[int, int, int], num_cameras: int, shots: int
) -> list[CropJob]:
    """List the crops: training people first, then test people, then distractors."""
    num_train, num_test, num_distractors = people
    jobs = []
    for identity in range(num_train + num_test):
        rng = randomness.generator(seed, randomness.SPLIT, identity)
        seen = rng.permutation(num_cameras)[: int(rng.integers(2, num_cameras + 1))]
        for camera in sorted(int(number) for number in seen):
            for shot in range(shots):
                folder = TRAIN if identity < num_train else GALLERY
                if folder == GALLERY and shot == 0:
                    folder = QUERY
                name = _name(identity + 1, camera, shot)
                jobs.append(CropJob(folder, name, identity, camera, shot))
    for number in range(num_distractors):
        identity = num_train + num_test + number
        camera = number % num_cameras
        name = _name(0, camera, number)
        jobs.append(CropJob(GALLERY, name, identity, camera, 0))
    return jobs


def _name(person: int, camera: int, shot: int) -> str:
    """Name a crop as Market-1501 does: person, camera, sequence, frame, box."""
    frame = 25 * (7 * person + shot) + 1
    return f"{person:04d}_c{camera + 1}s1_{frame % 1_000_000:06d}_{shot % 100:02d}"
