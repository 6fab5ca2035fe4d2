"""A gallery of embeddings: build, save, load, search."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from solider_mm.inference.feature_file import FeatureTable, load_features, save_features
from solider_mm.inference.unit_vectors import unit_vectors

__all__ = ["GalleryIndex", "Match"]

_BACKENDS = ("torch", "faiss")


class Match(NamedTuple):
    """One gallery image for a query.

    Attributes:
        rank: 1 for the nearest.
        name: Name of the gallery image.
        source: Path or URL of the gallery image.
        similarity: Cosine in [−1, 1]; after re-ranking, 1 − re-ranked distance.
        row: Row in the gallery, from 0.
    """

    rank: int
    name: str
    source: str
    similarity: float
    row: int

    @property
    def identity(self) -> str | None:
        """Folder of the image in the gallery; None if it is in no folder."""
        return self.name.rpartition("/")[0] or None


class Extractor(Protocol):
    """An inferencer whose results have `feature`."""

    def iterate(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Yield results."""


class GalleryIndex:
    """Embeddings with names, searched by cosine.

    Args:
        features: (N, C); normalized to unit length here.
        names: N names.
        sources: N paths or URLs; the names if None.
        backend: `"torch"` (exact, default) or `"faiss"` (extra `[search]`, exact
            inner product, for millions).
        model: Task and checksum of the weights that made the features, if known.

    Raises:
        ValueError: If lengths differ, a vector is not finite, or backend is unknown.
        ImportError: If faiss is asked for but not installed.
    """

    def __init__(
        self,
        features: NDArray[np.float32],
        names: Sequence[str],
        sources: Sequence[str] | None = None,
        *,
        backend: str = "torch",
        model: str | None = None,
    ) -> None:
        if backend not in _BACKENDS:
            raise ValueError(f"backend is {backend!r}, expected 'torch' or 'faiss'")
        self.table = FeatureTable(_table(features), names, sources, model)
        self.backend = backend
        self._faiss = _faiss_index(self.table.features) if backend == "faiss" else None

    @classmethod
    def build(
        cls,
        extractor: Extractor,
        inputs: Any,
        *,
        backend: str = "torch",
        **options: Any,
    ) -> "GalleryIndex":
        """Embed images and index them.

        Args:
            extractor: For example a `ReIDInferencer` or a `FeatureExtractor`.
            inputs: Folder, glob, list …; see `PersonInferencer`.
            backend: See the constructor.
            **options: Options of the extractor, for example `semantic_weight`.

        Returns:
            The index; without an image or person it is empty and matches nothing.
        """
        results = list(extractor.iterate(inputs, **options))
        features = [result["feature"] for result in results]
        return cls(
            np.stack(features) if features else np.zeros((0, 1), np.float32),
            [result["name"] for result in results],
            [result["source"] for result in results],
            backend=backend,
            model=getattr(extractor, "fingerprint", None),
        )

    def add(
        self,
        features: NDArray[np.float32],
        names: Sequence[str],
        sources: Sequence[str] | None = None,
    ) -> None:
        """Append images.

        Args:
            features: (M, C).
            names: M names.
            sources: M paths or URLs; the names if None.

        Raises:
            ValueError: If C differs.
        """
        features = _table(features)
        width = self.table.features.shape[1]
        if features.shape[1] != width:
            raise ValueError(
                f"features have {features.shape[1]} channels, the gallery {width}: use "
                "the model that the gallery was built with"
            )
        self.table = FeatureTable(
            np.concatenate([self.table.features, features]),
            [*self.table.names, *names],
            [*self.table.sources, *(names if sources is None else sources)],
            self.table.model,
        )
        if self._faiss is not None:
            self._faiss.add(features)

    def save(self, path: str | Path) -> Path:
        """Write the gallery as `.safetensors` or `.parquet`."""
        return save_features(self.table, path)

    @classmethod
    def load(cls, path: str | Path, *, backend: str = "torch") -> "GalleryIndex":
        """Read a gallery that `save` wrote."""
        table = load_features(path)
        return cls(
            table.features,
            table.names,
            table.sources,
            backend=backend,
            model=table.model,
        )

    def __len__(self) -> int:
        return len(self.table)

    def query(
        self,
        features: NDArray[np.float32],
        *,
        topk: int = 10,
        keep: Callable[[int, int], bool] | None = None,
        rerank: bool = False,
    ) -> list[list[Match]]:
        """Find the nearest gallery images.

        Args:
            features: (Q, C) of the queries.
            topk: Matches per query at most.
            keep: Rule on (query row, gallery row), for example to leave out images of
                the query's own camera; None keeps all.
            rerank: Whether k-reciprocal re-ranking reorders the gallery.

        Returns:
            Matches of each query, nearest first.

        Raises:
            ValueError: If `topk` is below 1 or C differs.
        """
        queries = _table(features)
        if topk < 1:
            raise ValueError(f"topk is {topk}, expected at least 1")
        if not len(self):
            return [[] for _ in queries]
        if queries.shape[1] != self.table.features.shape[1]:
            raise ValueError(
                f"queries have {queries.shape[1]} channels, the gallery "
                f"{self.table.features.shape[1]}: use the model that the gallery was "
                "built with"
            )
        wanted = len(self) if keep is not None or rerank else min(topk, len(self))
        scores, rows = self._nearest(queries, wanted, rerank)
        return [
            self._matches(query, scores[query], rows[query], topk, keep)
            for query in range(len(queries))
        ]

    def _nearest(
        self, queries: NDArray[np.float32], count: int, rerank: bool
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        if rerank:
            from solider_mm.evaluation.reid import k_reciprocal_rerank  # noqa: PLC0415

            distances = np.asarray(
                k_reciprocal_rerank(
                    torch.from_numpy(queries), torch.from_numpy(self.table.features)
                )
            )
            rows = np.argsort(distances, axis=1)[:, :count]
            return 1 - np.take_along_axis(distances, rows, 1), rows
        if self._faiss is not None:
            scores, rows = self._faiss.search(queries, count)
            return scores, rows
        gallery = torch.from_numpy(self.table.features)
        values, indices = (torch.from_numpy(queries) @ gallery.T).topk(count, dim=1)
        return values.numpy(), indices.numpy()

    def _matches(
        self,
        query: int,
        scores: NDArray[Any],
        rows: NDArray[Any],
        topk: int,
        keep: Callable[[int, int], bool] | None,
    ) -> list[Match]:
        chosen = (
            (float(score), int(row))
            for score, row in zip(scores, rows, strict=True)
            if keep is None or keep(query, int(row))
        )
        return [
            Match(rank, self.table.names[row], self.table.sources[row], score, row)
            for rank, (score, row) in zip(range(1, topk + 1), chosen, strict=False)
        ]


def camera_rule(pattern: str, queries: Sequence[str], gallery: Sequence[str]) -> Any:
    r"""Rule for `GalleryIndex.query` that leaves out the query's own camera.

    Args:
        pattern: Regular expression with one group, the camera, for example
            `r"_c(\d+)"`.
        queries: Names of the queries.
        gallery: Names of the gallery.

    Returns:
        The rule.

    Raises:
        ValueError: If a name has no camera.
    """

    def camera(name: str) -> str:
        found = re.search(pattern, name)
        if found is None:
            raise ValueError(f"{name!r} has no camera by the pattern {pattern!r}")
        return found[1]

    of_query, of_gallery = list(map(camera, queries)), list(map(camera, gallery))
    return lambda query, row: of_query[query] != of_gallery[row]


def _table(features: NDArray[Any]) -> NDArray[np.float32]:
    vectors = np.atleast_2d(features)
    if vectors.ndim != 2:
        raise ValueError(
            f"features of shape {np.shape(features)}: expected (N, C), one row per "
            "image"
        )
    return unit_vectors(vectors)


def _faiss_index(features: NDArray[np.float32]) -> Any:
    try:
        import faiss  # noqa: PLC0415  optional extra
    except ImportError as error:
        raise ImportError(
            "backend 'faiss' is not installed: run `pip install 'solider_mm[search]'`, "
            "or use backend='torch'"
        ) from error
    index = faiss.IndexFlatIP(features.shape[1])
    index.add(features)
    return index
