"""Synthetic pedestrians in the layout of Market-1501."""

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
class Rendering:
    """Settings that all crops share.

    Attributes:
        size: (H, W) of the crops.
        seed: Seed of the synthetic world.
        background: Background, see `render_pedestrian`.
    """

    size: tuple[int, int]
    seed: int
    background: str


@dataclass(frozen=True)
class NumPeople:
    """Number of people per split.

    Attributes:
        train: People in the training set.
        test: Other people, in queries and gallery.
        distractors: People in the gallery only.
    """

    train: int
    test: int
    distractors: int


@dataclass(frozen=True)
class CropJob:
    """One crop to render.

    Attributes:
        folder: Folder relative to the root.
        name: File name without suffix.
        identity: Number of the person in the synthetic world.
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
    """Write a synthetic re-identification data set in the layout of Market-1501.

    At least two cameras see each person. The first shot of a test person in each
    camera is a query, the others are gallery. Distractors have identity 0000 and are
    in the gallery only. `truth/<folder>/<name>.npz` is the ground truth of each crop,
    see `load_truth`.

    Args:
        out: Folder to create.
        seed: Seed of the synthetic world.
        num_identities: Number of people in `bounding_box_train`.
        num_test_identities: Number of other people, in `query` and
            `bounding_box_test`.
        num_cameras: Number of cameras, 2 to 9.
        shots_per_camera: Number of crops per person and camera.
        num_distractors: Number of gallery crops of people without a query.
        size: (H, W) of the crops.
        truth: Whether `truth/` is written.
        background: Background of the crops, see `render_pedestrian`.
        workers: Number of processes; 0 renders in this process.
        show_progress: Whether a progress bar is shown.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is out of range.
        FileExistsError: If the folder has other content than this data set.
    """
    positive(num_identities=num_identities, shots_per_camera=shots_per_camera)
    if not 2 <= num_cameras <= 9:
        raise ValueError(
            f"num_cameras must be in 2…9, got {num_cameras}; file names of this "
            "layout have one digit and re-identification needs two cameras."
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
    people = NumPeople(num_identities, num_test_identities, num_distractors)
    jobs = _plan(seed, people, num_cameras, shots_per_camera)
    with synthetic_folder(out, spec) as folder:
        for name in (TRAIN, QUERY, GALLERY):
            (folder / name).mkdir()
        render = partial(
            _render_crop,
            folder=folder,
            rendering=Rendering(size, seed, background),
            truth=truth,
        )
        render_all(render, jobs, workers, show_progress)
    return out


def _render_crop(
    job: CropJob,
    folder: Path,
    rendering: Rendering,
    truth: bool,
) -> None:
    person = render_pedestrian(
        job.identity,
        job.camera,
        job.shot,
        rendering.size,
        rendering.seed,
        rendering.background,
    )
    save_picture(folder / job.folder / f"{job.name}.jpg", person["image"])
    if truth:
        save_truth(folder / "truth" / job.folder / f"{job.name}.npz", person)


def _plan(seed: int, people: NumPeople, num_cameras: int, shots: int) -> list[CropJob]:
    """List the crops: training people first, then test people, then distractors."""
    jobs = []
    for identity in range(people.train + people.test):
        rng = randomness.generator(seed, randomness.SPLIT, identity)
        seen = rng.permutation(num_cameras)[: int(rng.integers(2, num_cameras + 1))]
        for camera in sorted(int(number) for number in seen):
            for shot in range(shots):
                folder = TRAIN if identity < people.train else GALLERY
                if folder == GALLERY and shot == 0:
                    folder = QUERY
                name = _name(identity + 1, camera, shot)
                jobs.append(CropJob(folder, name, identity, camera, shot))
    for number in range(people.distractors):
        identity = people.train + people.test + number
        camera = number % num_cameras
        name = _name(0, camera, number)
        jobs.append(CropJob(GALLERY, name, identity, camera, 0))
    return jobs


def _name(person: int, camera: int, shot: int) -> str:
    """Name a crop as Market-1501 does: person, camera, sequence, frame, box."""
    frame = 25 * (7 * person + shot) + 1
    return f"{person:04d}_c{camera + 1}s1_{frame % 1_000_000:06d}_{shot % 100:02d}"
