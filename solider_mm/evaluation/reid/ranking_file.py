"""JSON file with the nearest gallery images of every query."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from torch import Tensor

from solider_mm.evaluation.reid.ranking import UNLABELED, Labels, RankedGallery
from solider_mm.fileio.json_file import write_json

__all__ = ["LabeledImages", "describe_ranking", "write_ranking_file"]


@dataclass(frozen=True, eq=False)
class LabeledImages:
    """Paths and labels of M query or gallery images.

    Attributes:
        paths: Image paths.
        labels: Identities and cameras.
        identity_names: Names of identities by number; others are named by their number.
        camera_names: Names of cameras by number; others are named by their number,
            counted from 1.
    """

    paths: Sequence[str]
    labels: Labels
    identity_names: Mapping[int, str] = field(default_factory=dict)
    camera_names: Mapping[int, str] = field(default_factory=dict)

    def part(self, rows: slice) -> "LabeledImages":
        """Return some of the images."""
        return replace(self, paths=self.paths[rows], labels=self.labels.part(rows))

    def describe(self, index: int) -> dict[str, Any]:
        """Return path, identity and camera of one image, names None if unknown."""
        person = int(self.labels.identities[index])
        camera = int(self.labels.cameras[index])
        person_name = self.identity_names.get(person, str(person))
        camera_name = self.camera_names.get(camera, str(camera + 1))
        return {
            "img_path": self.paths[index],
            "person_id": person,
            "person_name": None if person == UNLABELED else person_name,
            "camera_id": camera,
            "camera_name": camera_name if camera >= 0 else None,
        }


def describe_ranking(
    query: LabeledImages,
    gallery: LabeledImages,
    ranked: RankedGallery,
    distance: Tensor,
    top_k: int,
) -> list[dict[str, Any]]:
    """Describe the nearest gallery images of each query.

    Args:
        query: The Q queries.
        gallery: The G gallery images.
        ranked: Ranking of these queries.
        distance: Distances (Q, G).
        top_k: Images per query; fewer if fewer remain after camera filtering.

    Returns:
        Q dicts with `img_path`, `person_id`, `person_name`, `camera_id` and
        `camera_name` of the query, and `gallery`: the same entries of each image in
        ascending distance, with its `distance` and `is_match` (None if the query or
        the image has no identity label).
    """
    nearest = ranked.order[:, :top_k]
    distances = distance.gather(1, nearest).tolist()
    matches = ranked.is_match[:, :top_k].tolist()
    entries = []
    for row, indices in enumerate(nearest.tolist()):
        cells = list(zip(indices, distances[row], matches[row], strict=True))
        entry = query.describe(row)
        images = []
        for index, far, is_match in cells[: int(ranked.num_kept[row])]:
            image = gallery.describe(index)
            known = None not in (entry["person_name"], image["person_name"])
            image["distance"] = float(f"{far:.6g}")
            images.append({**image, "is_match": is_match if known else None})
        entries.append({**entry, "gallery": images})
    return entries


def write_ranking_file(
    path: str | os.PathLike[str],
    summary: Mapping[str, Any],
    queries: Sequence[Mapping[str, Any]],
    *,
    reranked: bool,
) -> None:
    """Write scores and rankings to a JSON file, atomically.

    Args:
        path: File to write; missing folders are created.
        summary: Result of `summarize_scores`; NaN is written as null.
        queries: Result of `describe_ranking` for all queries. Each is written with its
            `average_precision`, null without a match.
        reranked: Whether the distances come from k-reciprocal re-ranking.
    """
    scores = [_finite(score) for score in summary["average_precision"]]
    cmc = summary["cmc"]
    content = {
        "mAP": _finite(summary["mAP"]),
        "mINP": _finite(summary["mINP"]),
        "cmc": cmc.tolist() if np.isfinite(cmc).all() else None,
        "reranked": reranked,
        "queries": [
            {**query, "average_precision": score}
            for query, score in zip(queries, scores, strict=True)
        ],
    }
    write_json(path, content)


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
