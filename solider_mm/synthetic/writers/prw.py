"""Synthetic scenes in the layout of PRW."""

from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from solider_mm.synthetic import randomness
from solider_mm.synthetic.scene import Box
from solider_mm.synthetic.writers.layout import (
    is_rendered,
    make_spec,
    positive,
    render_all,
    save_picture,
    synthetic_folder,
)
from solider_mm.synthetic.writers.scenes import (
    SavedScene,
    SceneJob,
    cells,
    clip_box,
    save_scene,
    to_xywh,
)

UNKNOWN = -2
"""Identity of unlabeled people in PRW's annotations."""

_LEAST_VISIBLE = 0.1  # people below are not annotated


def write_prw(  # noqa: PLR0913
    out: str | Path,
    *,
    seed: int = 0,
    num_train_frames: int = 60,
    num_test_frames: int = 40,
    num_train_identities: int = 40,
    num_test_identities: int = 20,
    num_cameras: int = 6,
    people_per_frame: int = 6,
    size: tuple[int, int] = (576, 720),
    workers: int = 0,
    show_progress: bool = True,
) -> Path:
    """Write a synthetic person-search data set in the layout of PRW.

    Writes ``frames/``, ``annotations/<frame>.jpg.mat`` (``box_new``: id, x, y, w, h;
    -2 unknown), ``frame_train.mat``, ``frame_test.mat``, ``query_info.txt`` and
    ``query_box/``. Every query person is in at least one other test frame.

    Args:
        out: Folder to create.
        seed: Seed of the synthetic world.
        num_train_frames: Number of training frames.
        num_test_frames: Number of test frames.
        num_train_identities: Number of labeled identities in training frames.
        num_test_identities: Number of other labeled identities, in test frames.
        num_cameras: Number of cameras, 1 to 9, used in turn.
        people_per_frame: Number of people per frame, a third of them unlabeled.
        size: ``(H, W)`` of the frames.
        workers: Number of processes; 0 renders in this process.
        show_progress: Whether a progress bar is shown.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is out of range.
        FileExistsError: If the folder has other content than this data set.
    """
    positive(
        num_train_frames=num_train_frames,
        num_test_frames=num_test_frames,
        num_train_identities=num_train_identities,
        num_test_identities=num_test_identities,
        people_per_frame=people_per_frame,
    )
    if not 1 <= num_cameras <= 9:
        raise ValueError(
            f"num_cameras must be in 1…9, got {num_cameras}; file names of this "
            "layout have one digit; choose fewer cameras."
        )
    out = Path(out)
    frames = (num_train_frames, num_test_frames)
    named = (num_train_identities, num_test_identities)
    spec = make_spec(
        "prw",
        seed=seed,
        frames=frames,
        identities=named,
        num_cameras=num_cameras,
        people_per_frame=people_per_frame,
        size=size,
    )
    if is_rendered(out, spec):
        return out
    jobs = _plan(seed, frames, named, num_cameras, people_per_frame)
    with synthetic_folder(out, spec) as folder:
        render = partial(
            save_scene, folder=folder, size=size, seed=seed, min_height=size[0] * 0.13
        )
        scenes = render_all(render, jobs, workers, show_progress)
        for scene in scenes:
            _save_boxes(folder, scene, sum(named))
        train, test = scenes[:num_train_frames], scenes[num_train_frames:]
        for name, part in (("train", train), ("test", test)):
            stems = cells([Path(scene.job.path).stem for scene in part])
            savemat(folder / f"frame_{name}.mat", {f"img_index_{name}": stems})
        _save_queries(folder, test, num_train_identities, sum(named))
    return out


def _plan(
    seed: int,
    frames: tuple[int, int],
    named: tuple[int, int],
    num_cameras: int,
    people: int,
) -> list[SceneJob]:
    jobs = []
    for index in range(sum(frames)):
        rng = randomness.generator(seed, randomness.SPLIT, index, 1)
        test = index >= frames[0]
        first, count = (named[0], named[1]) if test else (0, named[0])
        known = min(count, max(1, round(people * 2 / 3)))
        chosen = first + rng.permutation(count)[:known]
        strangers = sum(named) + rng.integers(900_000, size=people - known)
        everyone = rng.permutation(np.concatenate([chosen, strangers]))
        camera = index % num_cameras
        path = f"frames/c{camera + 1}s1_{25 * index + 1:06d}.jpg"
        who = tuple(int(number) for number in everyone)
        jobs.append(SceneJob(path, index, camera, people, who))
    return jobs


def _rows(scene: SavedScene, num_named: int) -> list[tuple[float, ...]]:
    """Return id, x, y, w, h of everyone who is at least a tenth visible."""
    rows: list[tuple[float, ...]] = []
    for person in scene.people:
        if person["visible_fraction"] < _LEAST_VISIBLE:
            continue
        known = person["identity"] < num_named
        name = person["identity"] + 1 if known else UNKNOWN
        rows.append((name, *to_xywh(clip_box(person["box"], scene.size))))
    return rows


def _save_boxes(folder: Path, scene: SavedScene, num_named: int) -> None:
    (folder / "annotations").mkdir(exist_ok=True)
    rows = np.array(_rows(scene, num_named), dtype=np.float64).reshape(-1, 5)
    name = f"{Path(scene.job.path).name}.mat"
    savemat(folder / "annotations" / name, {"box_new": rows})


Sighting = tuple[float, SavedScene, Box]


def _sightings(
    test: list[SavedScene], first: int, num_named: int
) -> dict[int, list[Sighting]]:
    """Return the appearances of each labeled test person, most visible first."""
    seen: dict[int, list[Sighting]] = {}
    for scene in test:
        for person in scene.people:
            known = first <= person["identity"] < num_named
            if known and person["visible_fraction"] >= _LEAST_VISIBLE:
                box = to_xywh(clip_box(person["box"], scene.size))
                sighting = (person["visible_fraction"], scene, box)
                seen.setdefault(person["identity"], []).append(sighting)
    for sightings in seen.values():
        sightings.sort(key=lambda sighting: -sighting[0])
    return seen


def _save_queries(
    folder: Path, test: list[SavedScene], first: int, num_named: int
) -> None:
    """Write the most visible box per person and camera as a query."""
    (folder / "query_box").mkdir()
    lines = []
    for identity, sightings in sorted(_sightings(test, first, num_named).items()):
        best: dict[int, Sighting] = {}
        for sighting in sightings if len(sightings) > 1 else []:
            best.setdefault(sighting[1].job.camera, sighting)
        for _, scene, (x, y, w, h) in best.values():
            stem = Path(scene.job.path).stem
            lines.append(f"{identity + 1} {x:.6f} {y:.6f} {w:.6f} {h:.6f} {stem}\n")
            with Image.open(folder / scene.job.path) as frame:
                cut = np.asarray(frame.crop((int(x), int(y), int(x + w), int(y + h))))
            save_picture(folder / "query_box" / f"{identity + 1}_{stem}.jpg", cut)
    (folder / "query_info.txt").write_text("".join(lines), encoding="utf-8")
