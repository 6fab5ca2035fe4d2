"""Rendered scenes for the layouts of full images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from solider_mm.synthetic.scene import Box, ScenePerson, render_scene
from solider_mm.synthetic.writers.layout import save_picture


@dataclass(frozen=True)
class SceneJob:
    """One scene to render and save.

    Attributes:
        path: File relative to the root, with suffix.
        index: Number of the scene.
        camera: Number of the camera.
        num_people: Number of people.
        identities: Numbers of the people, or `None` for strangers.
    """

    path: str
    index: int
    camera: int
    num_people: int
    identities: tuple[int, ...] | None = None


@dataclass
class SavedScene:
    """Ground truth of a saved scene.

    Attributes:
        job: Rendered scene.
        size: ``(H, W)``.
        people: Ground truth of all visible people.
        instances: ``(H, W)`` place of the person seen in each pixel, or 0.
    """

    job: SceneJob
    size: tuple[int, int]
    people: list[ScenePerson]
    instances: NDArray[np.uint16] | None


def save_scene(
    job: SceneJob,
    folder: Path,
    size: tuple[int, int],
    seed: int,
    min_height: float,
    keep_instances: bool = False,
) -> SavedScene:
    """Render a scene, save its image, and return its ground truth."""
    scene = render_scene(
        job.index,
        size,
        seed,
        num_people=job.num_people,
        camera=job.camera,
        identities=job.identities,
        min_height=min_height,
    )
    save_picture(folder / job.path, scene["image"])
    instances = scene["instances"] if keep_instances else None
    return SavedScene(job, size, scene["people"], instances)


def clip_box(box: Box, size: tuple[int, int]) -> Box:
    """Clip a box x1, y1, x2, y2 to an image (H, W)."""
    height, width = size
    x1, y1, x2, y2 = box
    return max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))


def to_xywh(box: Box) -> Box:
    """Convert x1, y1, x2, y2 into x, y, width, height."""
    x1, y1, x2, y2 = box
    return x1, y1, x2 - x1, y2 - y1


def cells(values: Sequence[object]) -> NDArray[np.object_]:
    """Pack values into a MATLAB cell column, ``(N, 1)``."""
    column = np.empty((len(values), 1), dtype=object)
    for number, value in enumerate(values):
        column[number, 0] = value
    return column
