"""Synthetic scenes in the layout of COCO's person keypoints."""

from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.json_file import write_json
from solider_mm.synthetic import randomness
from solider_mm.synthetic.figure.labels import KEYPOINT_NAMES, KEYPOINT_SKELETON
from solider_mm.synthetic.scene import ScenePerson
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

DETECTIONS = "person_detection_results/COCO_val2017_detections_AP_H_56_person.json"


def write_coco(  # noqa: PLR0913
    out: str | Path,
    *,
    seed: int = 0,
    num_train: int = 60,
    num_val: int = 20,
    num_cameras: int = 6,
    people_per_image: int = 4,
    size: tuple[int, int] = (360, 480),
    workers: int = 0,
    show_progress: bool = True,
) -> Path:
    """Write a synthetic pose data set in the layout of COCO.

    Writes ``train2017/``, ``val2017/``,
    ``annotations/person_keypoints_{train,val}2017.json`` and detector-like boxes of
    the validation pictures (the truth, shifted a little, with scores) at
    ``person_detection_results/``.

    Args:
        out: Folder to create.
        seed: Seed of the synthetic world.
        num_train: Number of training images.
        num_val: Number of validation images.
        num_cameras: Number of cameras, used in turn.
        people_per_image: Number of people per image.
        size: ``(H, W)`` of the pictures.
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
        "coco",
        seed=seed,
        num_train=num_train,
        num_val=num_val,
        num_cameras=num_cameras,
        people_per_image=people_per_image,
        size=size,
    )
    if is_rendered(out, spec):
        return out
    jobs = []
    for index in range(num_train + num_val):
        split = "train" if index < num_train else "val"
        path = f"{split}2017/{index + 1:012d}.jpg"
        jobs.append(SceneJob(path, index, index % num_cameras, people_per_image))
    with synthetic_folder(out, spec) as folder:
        render = partial(
            save_scene,
            folder=folder,
            size=size,
            seed=seed,
            min_height=size[0] * 0.22,
            keep_instances=True,
        )
        scenes = render_all(render, jobs, workers, show_progress)
        parts = {"train": scenes[:num_train], "val": scenes[num_train:]}
        for split, part in parts.items():
            content = _content(part)
            write_json(
                folder / f"annotations/person_keypoints_{split}2017.json", content
            )
        write_json(folder / DETECTIONS, _detections(content["annotations"], seed))
    return out


def _content(scenes: list[SavedScene]) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for scene in scenes:
        image, (height, width) = scene.job.index + 1, scene.size
        name = Path(scene.job.path).name
        images.append(
            {"id": image, "file_name": name, "height": height, "width": width}
        )
        for number, person in enumerate(scene.people, start=1):
            if scene.instances is not None:
                entry = _annotation(person, scene.instances == number, scene.size)
                entry |= {
                    "id": len(annotations) + 1 + 10_000 * image,
                    "image_id": image,
                }
                annotations.append(entry)
    person_category = {
        "id": 1,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(KEYPOINT_NAMES),
        "skeleton": [list(pair) for pair in KEYPOINT_SKELETON],
    }
    return {
        "info": {"description": "synthetic pedestrians"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [person_category],
    }


def _annotation(
    person: ScenePerson, mask: NDArray[np.bool_], size: tuple[int, int]
) -> dict[str, Any]:
    points = person["keypoints"]
    box = to_xywh(clip_box(person["visible_box"], size))
    flat = np.concatenate([np.round(points[:, :2], 2), points[:, 2:]], axis=1)
    return {
        "category_id": 1,
        "iscrowd": 0,
        "bbox": list(box),
        "area": float(mask.sum()),
        "segmentation": _polygons(mask),
        "keypoints": [float(value) for value in flat.ravel().astype(np.float64)],
        "num_keypoints": int((points[:, 2] > 0).sum()),
    }


def _polygons(mask: NDArray[np.bool_]) -> list[list[float]]:
    """Trace the visible pixels as polygons; a lone speck becomes a square."""
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    polygons = []
    for outline in outlines:
        points = outline[:, 0].astype(np.float64)
        if len(points) < 3:
            (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0) + 1
            points = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
        polygons.append([float(value) for value in points.ravel()])
    return polygons


def _detections(annotations: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Shift the true boxes as a good detector would, and score them."""
    rng = randomness.generator(seed, randomness.SPLIT, 0, 3)
    found = []
    for entry in annotations:
        x, y, w, h = entry["bbox"]
        shift = rng.normal(0, 0.03, 4) * (w, h, w, h)
        box = np.array([x, y, max(w, 1.0), max(h, 1.0)]) + shift
        box[2:] = np.maximum(box[2:], 1.0)
        found.append(
            {
                "image_id": entry["image_id"],
                "category_id": 1,
                "bbox": [round(float(value), 2) for value in box],
                "score": round(float(rng.uniform(0.6, 1.0)), 5),
            }
        )
    return found
