"""Embeddings of people, and who looks like whom."""

from typing import Any, ClassVar

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray
from torch import nn

from solider_mm.downstream.reid.head import ReIDHead
from solider_mm.inference.gallery_index import GalleryIndex, Match
from solider_mm.inference.media import MediaImage
from solider_mm.inference.official_reid import official_reid_config
from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.inference.unit_vectors import unit_vectors
from solider_mm.visualization.match_row import plot_match_row

__all__ = ["ReIDInferencer"]


class ReIDInferencer(PersonInferencer):
    """Unit vectors; their cosine measures how alike two people are.

    Every result has, besides the common fields,

    - `feature`: (C,) float32 of unit length;
    - `matches`, if a `gallery` is given: the `topk` nearest images, each a `Match` with
      `rank`, `identity`, `name`, `source` and `similarity` (cosine).

    Options of the call:

    - `gallery`: a `GalleryIndex`;
    - `topk`: matches per image, 5 by default.
    """

    task: ClassVar[str] = "reid"
    default_model: ClassVar[str] = (
        "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"
    )

    @staticmethod
    def config_for(content: Any) -> Config | None:
        """Find our config of the weights that SOLIDER-REID publishes."""
        return official_reid_config(content)

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model embeds identities."""
        return isinstance(getattr(model, "head", None), ReIDHead)

    def fields(self, sample: Any, **options: Any) -> Result:
        """Feature of unit length."""
        return {"feature": unit_vectors(sample.feature.float().cpu().numpy())}

    def finish(self, item: MediaImage, result: Result, **options: Any) -> Result:
        """Look the feature up; an image is no match of itself."""
        gallery: GalleryIndex | None = options.get("gallery")
        if gallery is None:
            return result
        if gallery.table.model not in (None, self.fingerprint):
            raise ValueError(
                f"the gallery holds features of the model {gallery.table.model!r}, the "
                f"queries are of {self.fingerprint!r}: build the gallery with the same "
                "weights"
            )
        topk = int(options.get("topk", 5))
        (found,) = gallery.query(result["feature"][None], topk=topk + 1)
        own = (item.source, item.name)
        others = [match for match in found if (match.source, match.name) != own][:topk]
        return result | {
            "matches": [m._replace(rank=rank) for rank, m in enumerate(others, 1)]
        }

    def row(self, result: Result) -> dict[str, Any]:
        """Row with matches as plain values."""
        plain = dict(result)
        if "matches" in plain:
            plain["matches"] = [
                {
                    "rank": match.rank,
                    "identity": match.identity,
                    "name": match.name,
                    "source": match.source,
                    "similarity": match.similarity,
                }
                for match in plain["matches"]
            ]
        return super().row(plain)

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """The image, with its nearest images beside it if there are any."""
        matches: list[Match] = result.get("matches", [])
        return plot_match_row(image, matches)
