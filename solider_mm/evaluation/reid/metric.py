"""Person re-identification metric: mAP, mINP and Rank-k."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from numpy.typing import NDArray
from torch import Tensor

from solider_mm.evaluation.reid.ranking import (
    Labels,
    evaluate_ranking,
    rank_gallery,
    score_matches,
    squared_distances,
    summarize_scores,
)
from solider_mm.evaluation.reid.ranking_file import (
    LabeledImages,
    describe_ranking,
    write_ranking_file,
)
from solider_mm.evaluation.reid.reranking import (
    KReciprocalReranker,
    check_reranking,
    k_reciprocal_rerank,
)
from solider_mm.registry import METRICS

__all__ = ["ReIDMetric", "evaluate_ranking", "k_reciprocal_rerank"]

_FIELDS = ("feature", "person_id", "camera_id", "is_query", "img_path")


@dataclass(frozen=True, eq=False)
class _Part:
    """The queries or the gallery: M images and their features (M, C) float32."""

    images: LabeledImages
    features: Tensor


@METRICS.register_module()
class ReIDMetric(BaseMetric):
    """Rank the gallery for every query by feature distance, across cameras.

    Reads `feature` (C,), `person_id`, `camera_id`, `is_query` and `img_path` of every
    data sample and ranks by the protocol of `evaluate_ranking`.

    Distances are held for `chunk_size` queries at a time and take about 50 bytes each:
    0.2 GB for the gallery of Market-1501 and 1.1 GB for MSMT17 at the default.
    Features take 4·C bytes per image, twice while they are stacked. Re-ranking adds
    the memory given at `KReciprocalReranker`. Under a distributed launcher, the first
    process collects every image once and computes the ranking.

    Args:
        normalize: Whether to divide each feature by its norm, so that the ranking is
            that of cosine similarity.
        ranks: Values k of the reported Rank-k, at most `max_rank`.
        max_rank: Length of the CMC curve in `ranking_file`.
        chunk_size: Number of queries ranked at once.
        rerank: Whether to rank by k-reciprocal re-ranked distances.
        k1: Parameter of `k_reciprocal_rerank`.
        k2: Parameter of `k_reciprocal_rerank`.
        lambda_value: Parameter of `k_reciprocal_rerank`; not the semantic weight.
        cross_camera: Whether gallery images of the query's identity and camera are
            ignored, as in the standard protocol. False counts them as matches, for
            datasets of a single camera.
        ranking_file: JSON file to write, or None. It holds mAP, mINP and CMC as
            fractions and, for every query, its average precision (null without a
            match) and its `top_k` nearest gallery images after camera filtering, each
            with path, identity, camera, distance and `is_match`. It is also written if
            no query has a match; all metrics are then NaN.
        top_k: Number of gallery images per query in `ranking_file`.
        collect_device: Argument of mmengine's `BaseMetric`.
        collect_dir: Argument of mmengine's `BaseMetric`.
        prefix: Prefix of the metric names; None means `'reid'`.

    Raises:
        ValueError: If an argument is out of range.

    Source:
        docs/reference.md §4.5, §R12: the compared feature is the one before the BNNeck.
    """

    default_prefix = "reid"

    def __init__(  # noqa: PLR0913
        self,
        *,
        normalize: bool = True,
        ranks: Sequence[int] = (1, 5, 10),
        max_rank: int = 50,
        chunk_size: int = 256,
        rerank: bool = False,
        k1: int = 20,
        k2: int = 6,
        lambda_value: float = 0.3,
        cross_camera: bool = True,
        ranking_file: str | os.PathLike[str] | None = None,
        top_k: int = 10,
        collect_device: str = "cpu",
        collect_dir: str | None = None,
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        if not all(1 <= rank <= max_rank for rank in ranks):
            raise ValueError(
                f"ranks={tuple(ranks)}: each must be from 1 to max_rank={max_rank}."
            )
        if min(chunk_size, top_k) < 1:
            raise ValueError(
                f"chunk_size={chunk_size}, top_k={top_k}: both must be at least 1."
            )
        check_reranking(k1, k2, lambda_value)
        self.normalize = normalize
        self.ranks = tuple(ranks)
        self.max_rank = max_rank
        self.chunk_size = chunk_size
        self.rerank = rerank
        self.k1 = k1
        self.k2 = k2
        self.lambda_value = lambda_value
        self.cross_camera = cross_camera
        self.ranking_file = ranking_file
        self.top_k = top_k

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Store feature and labels of every image.

        Args:
            data_batch: Unused.
            data_samples: One dict per image.

        Raises:
            ValueError: If a sample lacks a field, or its feature is not finite.
        """
        self.results.extend(map(_record, data_samples))

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Rank the gallery for all queries.

        Args:
            results: Records of all images, as stored by `process`.

        Returns:
            `mAP`, `mINP` and each `Rank-k`, in percent.

        Raises:
            ValueError: If there is no query or no gallery image, or if no query has a
                match and there is no `ranking_file`.
        """
        query, gallery = (self._part(results, is_query) for is_query in (True, False))
        distance_of = self._distance_function(query.features, gallery.features)
        scores, rankings = [], []
        for start in range(0, len(query.features), self.chunk_size):
            rows = slice(start, start + self.chunk_size)
            distance, images = distance_of(rows), query.images.part(rows)
            ranked = rank_gallery(
                distance,
                images.labels,
                gallery.images.labels,
                cross_camera=self.cross_camera,
            )
            scores.append(score_matches(ranked.is_match))
            if self.ranking_file is not None:
                rankings += describe_ranking(
                    images, gallery.images, ranked, distance, self.top_k
                )
        summary = summarize_scores(
            scores, self.max_rank, require_match=self.ranking_file is None
        )
        _log_left_out(summary["average_precision"], cross_camera=self.cross_camera)
        if self.ranking_file is not None:
            write_ranking_file(
                self.ranking_file, summary, rankings, reranked=self.rerank
            )
        return {
            "mAP": 100 * summary["mAP"],
            "mINP": 100 * summary["mINP"],
            **{f"Rank-{k}": 100 * float(summary["cmc"][k - 1]) for k in self.ranks},
        }

    def _part(self, results: list[dict[str, Any]], is_query: bool) -> _Part:
        """Collect the queries or the gallery."""
        records = [record for record in results if record["is_query"] == is_query]
        if not records:
            name = "query" if is_query else "gallery"
            raise ValueError(
                f"none of the {len(results)} images is a {name} image; evaluate a test "
                "split, which has queries (is_query=True) and gallery images."
            )
        features = torch.from_numpy(np.stack([r["feature"] for r in records]))
        if self.normalize:
            features = F.normalize(features, dim=1)
        labels = Labels(
            torch.tensor([record["person_id"] for record in records]),
            torch.tensor([record["camera_id"] for record in records]),
        )
        paths = [record["img_path"] for record in records]
        meta = self.dataset_meta or {}
        images = LabeledImages(
            paths,
            labels,
            meta.get("identity_names", {}),
            meta.get("camera_names", {}),
        )
        return _Part(images, features)

    def _distance_function(
        self, query: Tensor, gallery: Tensor
    ) -> Callable[[slice], Tensor]:
        """Return a function from a slice of the queries to their distances (q, G)."""
        if not self.rerank:
            return lambda rows: squared_distances(query[rows], gallery)
        reranker = KReciprocalReranker(
            query.numpy(),
            gallery.numpy(),
            k1=self.k1,
            k2=self.k2,
            lambda_value=self.lambda_value,
            chunk_size=self.chunk_size,
        )
        return lambda rows: torch.from_numpy(reranker.distance(rows))


def _record(sample: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a data sample that the metric needs, as numpy values.

    Results are pickled between processes, and a tensor that is a row of a batch would
    be pickled with the whole batch.
    """
    missing = [field for field in _FIELDS if field not in sample]
    if missing:
        raise ValueError(
            f"a data sample has no {', '.join(missing)}: the head must set `feature` "
            "(solider_mm.ReIDHead does), and the test pipeline must end with "
            f"PackInputs(meta_keys={_FIELDS[1:]})."
        )
    feature = torch.as_tensor(sample["feature"]).detach().float().cpu().numpy().copy()
    if feature.ndim != 1 or not np.isfinite(feature).all():
        raise ValueError(
            f"the feature of {sample['img_path']} has shape {feature.shape} and "
            f"{np.count_nonzero(~np.isfinite(feature))} values that are not finite; "
            "expected one vector of finite values: check the head and the weights."
        )
    return {
        "feature": feature,
        "person_id": int(sample["person_id"]),
        "camera_id": int(sample["camera_id"]),
        "is_query": bool(sample["is_query"]),
        "img_path": str(sample["img_path"]),
    }


def _log_left_out(
    average_precision: NDArray[np.float64], *, cross_camera: bool
) -> None:
    """Log how many queries have no match."""
    left_out = int(np.isnan(average_precision).sum())
    if left_out:
        source = " from another camera" if cross_camera else ""
        print_log(
            f"{left_out} of {len(average_precision)} queries have no match{source} in "
            "the gallery and are left out.",
            logger="current",
        )
