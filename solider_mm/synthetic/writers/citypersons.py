"""Synthetic scenes in the layout of CityPersons, with MATLAB and COCO-style files."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from solider_mm.fileio.json_file import write_json
from solider_mm.synthetic.writers.layout import (
    is_rendered,
    make_spec,
    positive,
    render_all,
    synthetic_folder,
)
from solider_mm.synthetic.writers.scenes import (
    SavedScene,
    SceneJob,
    clip_box,
    save_scene,
    to_xywh,
)

IMAGES = "leftImg8bit_trainvaltest/leftImg8bit"
IGNORE, PEDESTRIAN = 0, 1
CITIES = {"train": "syntheticburg", "val": "synthetichagen"}
_LEAST_TRAIN_HEIGHT = 50


def write_citypersons(  # noqa: PLR0913
    out: str | Path,
    *,
    seed: int = 0,
    num_train: int = 40,
    num_val: int = 20,
    num_cameras: int = 4,
    people_per_image: int = 10,
    size: tuple[int, int] = (512, 1024),
    workers: int = 0,
    show_progress: bool = True,
) -> Path:
    """Write a synthetic detection data set in the layout of CityPersons.

    Writes ``leftImg8bit_trainvaltest/leftImg8bit/{train,val}/<city>/*.png``,
    ``annotations/anno_{train,val}.mat`` (cells ``anno_*_aligned`` of cityname,
    im_name, bbs: class, x, y, w, h, instance, x, y, w, h of the visible part) and the
    COCO-style ``train.json`` (below 50 px ``iscrowd``), ``val_gt.json`` (for the
    metric) and ``val_gt_mm_nested.json`` (image list). People of whom less than a
    twentieth is seen are ignore regions (class 0).

    Args:
        out: Folder to create.
        seed: Seed of the synthetic world.
        num_train: Number of training images.
        num_val: Number of validation images.
        num_cameras: Number of cameras, used in turn.
        people_per_image: Average number of people per image.
        size: ``(H, W)``; the real set has (1024, 2048).
        workers: Number of processes; 0 renders in this process.
        show_progress: Whether a progress bar is shown.

    Returns:
        The folder.

    Raises:
        ValueError: If a count is below 1.
        FileExistsError: If the folder has other content than this data set.
    """
    positive(
        num_train=num_train,
        num_val=num_val,
        num_cameras=num_cameras,
        people_per_image=people_per_image,
    )
    out = Path(out)
    spec = make_spec(
        "citypersons",
        seed=seed,
        num_train=num_train,
        num_val=num_val,
        num_cameras=num_cameras,
        people_per_image=people_per_image,
        size=size,
    )
    if is_rendered(out, spec):
        return out
    jobs = _plan(num_train, num_val, num_cameras, people_per_image)
    with synthetic_folder(out, spec) as folder:
        render = partial(
            save_scene, folder=folder, size=size, seed=seed, min_height=size[0] * 0.05
        )
        scenes = render_all(render, jobs, workers, show_progress)
        (folder / "annotations").mkdir()
        for split, part in (("train", scenes[:num_train]), ("val", scenes[num_train:])):
            _save_mat(folder, split, part)
        _save_json(folder, scenes[:num_train], scenes[num_train:])
    return out


def _plan(
    num_train: int, num_val: int, num_cameras: int, people: int
) -> list[SceneJob]:
    jobs = []
    for index in range(num_train + num_val):
        split, number = (
            ("train", index) if index < num_train else ("val", index - num_train)
        )
        city = CITIES[split]
        name = f"{city}_{number:06d}_000019_leftImg8bit.png"
        path = f"{IMAGES}/{split}/{city}/{name}"
        # From half to one and a half of the average, in a fixed rotation.
        crowd = max(1, people * (2 + 3 * index % 5) // 4)
        jobs.append(SceneJob(path, index, index % num_cameras, crowd))
    return jobs


def _table(scene: SavedScene) -> NDArray[np.float64]:
    """Return the ten columns of the original annotation, ``(N, 10)`` whole numbers."""
    rows = []
    for number, person in enumerate(scene.people):
        full = [round(v) for v in to_xywh(clip_box(person["box"], scene.size))]
        seen = [round(v) for v in to_xywh(person["visible_box"])]
        kind = PEDESTRIAN if person["visible_fraction"] >= 0.05 else IGNORE
        rows.append([kind, *full, 24_000 + number, *(full if kind == IGNORE else seen)])
    return np.array(rows, dtype=np.float64).reshape(-1, 10)


def _save_mat(folder: Path, split: str, scenes: list[SavedScene]) -> None:
    column = np.empty((1, len(scenes)), dtype=object)
    for number, scene in enumerate(scenes):
        column[0, number] = {
            "cityname": CITIES[split],
            "im_name": Path(scene.job.path).name,
            "bbs": _table(scene),
        }
    path = folder / "annotations" / f"anno_{split}.mat"
    savemat(path, {f"anno_{split}_aligned": column})


def _annotation(row: NDArray[np.float64], number: int, image: int) -> dict[str, Any]:
    kind, x, y, w, h, _, x_seen, y_seen, w_seen, h_seen = (int(v) for v in row)
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "iscrowd": 0,
        "ignore": int(kind != PEDESTRIAN),
        "bbox": [x, y, w, h],
        "vis_bbox": [x_seen, y_seen, w_seen, h_seen],
        "height": h,
        "vis_ratio": w_seen * h_seen / (w * h),
    }


def _coco(scenes: list[SavedScene]) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, scene in enumerate(scenes, start=1):
        path = Path(scene.job.path)
        height, width = scene.size
        images.append(
            {
                "id": number,
                "im_name": path.name,
                "file_name": f"{path.parent.name}/{path.name}",
                "height": height,
                "width": width,
            }
        )
        for row in _table(scene):
            annotations.append(_annotation(row, len(annotations) + 1, number))
    category = {"id": 1, "name": "pedestrian"}
    return {"images": images, "annotations": annotations, "categories": [category]}


def _save_json(folder: Path, train: list[SavedScene], val: list[SavedScene]) -> None:
    training, metric = _coco(train), _coco(val)
    for entry in training["annotations"]:
        entry["area"] = entry["bbox"][2] * entry["bbox"][3]
        small = entry["height"] < _LEAST_TRAIN_HEIGHT
        entry["iscrowd"] = int(bool(entry.pop("ignore")) or small)
        entry["ignore"] = 0
    nested = {
        "images": metric["images"],
        "categories": metric["categories"],
        "annotations": [
            entry | {"area": entry["bbox"][2] * entry["bbox"][3]}
            for entry in metric["annotations"]
        ],
    }
    files = {"train": training, "val_gt": metric, "val_gt_mm_nested": nested}
    for name, content in files.items():
        write_json(folder / "annotations" / f"{name}.json", content)
