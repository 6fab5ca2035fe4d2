"""Person re-identification: mAP, mINP and Rank-k from the features of a model."""

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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
    squared_distances,
)
from solider_mm.evaluation.reid.ranking_file import (
    LabeledImages,
    describe_ranking,
    write_ranking_file,
)
from solider_mm.evaluation.reid.ranking_scores import score_hits, summarize_scores
from solider_mm.evaluation.reid.reranking import (
    KReciprocalReranker,
    check_reranking,
    k_reciprocal_rerank,
)
from solider_mm.registry import METRICS

__all__ = ["ReIDMetric", "evaluate_ranking", "k_reciprocal_rerank"]

_FIELDS = ("feature", "person_id", "camera_id", "is_query", "img_path")


class _Part(NamedTuple):
    """The queries or the gallery: M images and their features (M, C) float32."""

    images: LabeledImages
    features: Tensor


@METRICS.register_module()
class ReIDMetric(BaseMetric):
    """Rank a gallery for every query by the distance of features, across cameras.

    Reads ``feature`` (C,), ``person_id``, ``camera_id``, ``is_query`` and ``img_path``
    from every data sample. Ranks follow the protocol of `evaluate_ranking`.

    Distances exist for ``chunk_size`` queries at a time and take about 50 bytes each:
    0.2 GB for the gallery of Market-1501 and 1.1 GB for that of MSMT17 at the default.
    Features take 4·C bytes an image, twice while they are stacked. Re-ranking adds
    what `KReciprocalReranker` says. Under a distributed launcher the first process
    collects every image once and does the ranking.

    Args:
        normalize: divide every feature by its length, so that distance orders as the
            cosine does.
        ranks: the k of every reported Rank-k, at most ``max_rank``.
        max_rank: length of the curve in ``ranking_file``.
        chunk_size: queries ranked at once.
        rerank: rank by k-reciprocal re-ranked distances.
        k1: see `k_reciprocal_rerank`.
        k2: see `k_reciprocal_rerank`.
        lambda_value: see `k_reciprocal_rerank`; not the semantic weight.
        ranking_file: JSON to write, or None: mAP, mINP and CMC as fractions, and for
            every query its average precision (null without a match) and its ``top_k``
            nearest gallery images after camera filtering, each with path, person,
            camera, distance and whether it is right.
        top_k: gallery images a query in ``ranking_file``.
        collect_device: see mmengine's ``BaseMetric``.
        collect_dir: see mmengine's ``BaseMetric``.
        prefix: of the results' names; ``'reid'`` if None.

    Raises:
        ValueError: if a number is out of range.

    Source:
        docs/reference.md §4.5; the feature is the one before BNNeck (docs/reference.md §R12).
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
        self.ranking_file = ranking_file
        self.top_k = top_k

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Keep feature and labels of every image.

        Args:
            data_batch: not used.
            data_samples: one dict for every image.

        Raises:
            ValueError: if a sample lacks a field, or its feature is not a finite
                vector.
        """
        self.results.extend(map(_record, data_samples))

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Rank the gallery for all queries.

        Args:
            results: of all images, as `process` keeps them.

        Returns:
            ``mAP``, ``mINP`` and every ``Rank-k``, in percent.

        Raises:
            ValueError: without queries, without gallery, or without any match.
        """
        query, gallery = (self._part(results, is_query) for is_query in (True, False))
        distance_of = self._distance_function(query.features, gallery.features)
        scores, rankings = [], []
        for start in range(0, len(query.features), self.chunk_size):
            rows = slice(start, start + self.chunk_size)
            distance, images = distance_of(rows), query.images.part(rows)
            ranked = rank_gallery(distance, images.labels, gallery.images.labels)
            scores.append(score_hits(ranked.hits))
            if self.ranking_file is not None:
                rankings += describe_ranking(
                    images, gallery.images, ranked, distance, self.top_k
                )
        summary = summarize_scores(scores, self.max_rank)
        _tell_left_out(summary["average_precision"])
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
        """Gather the queries or the gallery."""
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
        return _Part(LabeledImages(paths, labels), features)

    def _distance_function(
        self, query: Tensor, gallery: Tensor
    ) -> Callable[[slice], Tensor]:
        """A function from a slice of the queries to their distances (q, G)."""
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
    """What has to be kept of a data sample; numpy, since it is sent as bytes.

    A tensor that is a row of a batch would be sent with the whole batch.
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
            f"{np.count_nonzero(~np.isfinite(feature))} numbers that are not finite; "
            "expected one vector of finite numbers: check the head and the weights."
        )
    return {
        "feature": feature,
        "person_id": int(sample["person_id"]),
        "camera_id": int(sample["camera_id"]),
        "is_query": bool(sample["is_query"]),
        "img_path": str(sample["img_path"]),
    }


def _tell_left_out(average_precision: NDArray[np.float64]) -> None:
    """Log how many queries do not count."""
    left_out = int(np.isnan(average_precision).sum())
    if left_out:
        print_log(
            f"{left_out} of {len(average_precision)} queries have no match from "
            "another camera in the gallery and are left out.",
            logger="current",
        )
