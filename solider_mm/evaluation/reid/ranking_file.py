"""JSON file with the nearest gallery images of every query."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from solider_mm.evaluation.reid.ranking import Labels, RankedGallery
from solider_mm.fileio.json_file import write_json

__all__ = ["LabeledImages", "describe_ranking", "write_ranking_file"]


@dataclass(frozen=True, eq=False)
class LabeledImages:
    """Paths and labels of M query or gallery images.

    Attributes:
        paths: Image paths.
        labels: Identities and cameras.
    """

    paths: Sequence[str]
    labels: Labels

    def part(self, rows: slice) -> "LabeledImages":
        """Return some of the images."""
        return LabeledImages(self.paths[rows], self.labels.part(rows))

    def describe(self, index: int) -> dict[str, Any]:
        """Return path, identity and camera of one image."""
        return {
            "img_path": self.paths[index],
            "person_id": int(self.labels.identities[index]),
            "camera_id": int(self.labels.cameras[index]),
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
        Q dicts with `img_path`, `person_id` and `camera_id` of the query, and
        `gallery`: the same entries of each image in ascending distance, with its
        `distance` and `is_match`.
    """
    nearest = ranked.order[:, :top_k]
    distances = distance.gather(1, nearest).tolist()
    matches = ranked.is_match[:, :top_k].tolist()
    entries = []
    for row, indices in enumerate(nearest.tolist()):
        cells = list(zip(indices, distances[row], matches[row], strict=True))
        images = [
            {
                **gallery.describe(index),
                "distance": float(f"{far:.6g}"),
                "is_match": is_match,
            }
            for index, far, is_match in cells[: int(ranked.num_kept[row])]
        ]
        entries.append({**query.describe(row), "gallery": images})
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
        summary: Result of `summarize_scores`.
        queries: Result of `describe_ranking` for all queries. Each is written with its
            `average_precision`, null without a match.
        reranked: Whether the distances come from k-reciprocal re-ranking.
    """
    scores = [
        None if math.isnan(score) else score for score in summary["average_precision"]
    ]
    content = {
        "mAP": summary["mAP"],
        "mINP": summary["mINP"],
        "cmc": summary["cmc"].tolist(),
        "reranked": reranked,
        "queries": [
            {**query, "average_precision": score}
            for query, score in zip(queries, scores, strict=True)
        ],
    }
    write_json(path, content)
