"""Embeddings of people, and who looks like whom."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from solider_mm.inference.gallery_index import GalleryIndex, Match
from solider_mm.inference.media import MediaImage
from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.visualization.match_row import plot_match_row

__all__ = ["ReIDInferencer"]


class ReIDInferencer(PersonInferencer):
    """Unit vectors; their cosine measures how alike two people are.

    Every result has, besides the common fields,

    - `feature`: (C,) float32 of unit length;
    - `matches`, if a `gallery` is given: the `topk` nearest images, each with
      `name`, `source`, `similarity` (cosine) and `rank`.

    Options of the call:

    - `gallery`: a `GalleryIndex`;
    - `topk`: matches per image, 5 by default.
    """

    task: ClassVar[str] = "reid"
    default_model: ClassVar[str] = (
        "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"
    )

    def fields(self, sample: Any, **options: Any) -> Result:
        """Feature of unit length."""
        feature = sample.feature.float().cpu().numpy()
        return {"feature": feature / max(float(np.linalg.norm(feature)), 1e-12)}

    def finish(self, item: MediaImage, result: Result, **options: Any) -> Result:
        """Look the feature up; an image is no match of itself."""
        gallery: GalleryIndex | None = options.get("gallery")
        if gallery is None:
            return result
        topk = int(options.get("topk", 5))
        (matches,) = gallery.query(
            result["feature"][None],
            topk=topk,
            keep=lambda _, row: gallery.table.sources[row] != item.source,
        )
        return result | {"matches": matches}

    def row(self, result: Result) -> dict[str, Any]:
        """Row with matches as plain values."""
        plain = dict(result)
        if "matches" in plain:
            plain["matches"] = [match._asdict() for match in plain["matches"]]
        return super().row(plain)

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """The image, with its nearest images beside it if there are any."""
        matches: list[Match] = result.get("matches", [])
        return plot_match_row(image, matches)
