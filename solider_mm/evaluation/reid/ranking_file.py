"""The nearest gallery images of every query, in a JSON that a picture is drawn from."""

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor

from solider_mm.evaluation.reid.ranking import Labels, RankedGallery
from solider_mm.fileio.json_file import write_json

__all__ = ["LabeledImages", "describe_ranking", "write_ranking_file"]


class LabeledImages(NamedTuple):
    """Images of queries or gallery.

    Attributes:
        paths: M paths.
        labels: M person and camera numbers.
    """

    paths: Sequence[str]
    labels: Labels

    def part(self, rows: slice) -> "LabeledImages":
        """Some of the images."""
        return LabeledImages(self.paths[rows], self.labels.part(rows))

    def describe(self, index: int) -> dict[str, Any]:
        """Path, person and camera of one image."""
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
    """Tell the images that were ranked nearest to each query.

    Args:
        query: Q images.
        gallery: G images.
        ranked: of these queries.
        distance: (Q, G).
        top_k: images a query; fewer where fewer are left after camera filtering.

    Returns:
        Q dicts: the query's ``img_path``, ``person_id``, ``camera_id``, and
        ``gallery``: from near to far, the same of each image with its ``distance`` and
        ``right``.
    """
    nearest = ranked.order[:, :top_k]
    distances = distance.gather(1, nearest).tolist()
    rights = ranked.hits[:, :top_k].tolist()
    entries = []
    for row, indices in enumerate(nearest.tolist()):
        cells = list(zip(indices, distances[row], rights[row], strict=True))
        matches = [
            {**gallery.describe(index), "distance": round(far, 6), "right": right}
            for index, far, right in cells[: int(ranked.num_kept[row])]
        ]
        entries.append({**query.describe(row), "gallery": matches})
    return entries


def write_ranking_file(
    path: str | os.PathLike[str],
    summary: Mapping[str, Any],
    queries: Sequence[Mapping[str, Any]],
    *,
    reranked: bool,
) -> None:
    """Write scores and rankings; a reader never meets half a file.

    Args:
        path: JSON to write; missing folders are made.
        summary: what `summarize_scores` returns.
        queries: what `describe_ranking` returns, for all queries. Each is written with
            its ``average_precision``, null where it has no match.
        reranked: whether the distances are those of k-reciprocal re-ranking.
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
