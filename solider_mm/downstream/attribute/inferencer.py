"""Attributes of people by name."""

from typing import Any, ClassVar

import numpy as np
from mmpretrain.models.heads import MultiLabelClsHead
from numpy.typing import NDArray
from torch import nn

from solider_mm.inference.person_inferencer import PersonInferencer, Result
from solider_mm.inference.plain_values import to_plain
from solider_mm.visualization.text_panel import plot_text_panel

__all__ = ["AttributeInferencer"]


class AttributeInferencer(PersonInferencer):
    """Scores of the attributes that a model was trained on.

    Every result has, besides the common fields,

    - `scores`: dict of attribute name to probability in [0, 1];
    - `attributes`: names whose probability is above the threshold, highest first.

    Options of the call:

    - `threshold`: probability above which an attribute is reported, 0.5 by default.
    """

    task: ClassVar[str] = "attributes"
    default_model: ClassVar[str] = (
        "attribute_solider-swin-nano_1xb64-bf16-adamw-10e_synthetic-64x32"
    )

    def answers(self, model: nn.Module) -> bool:
        """Return whether a model scores several labels."""
        return isinstance(getattr(model, "head", None), MultiLabelClsHead)

    def fields(self, sample: Any, **options: Any) -> Result:
        """Name the scores."""
        threshold = float(options.get("threshold", 0.5))
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold is {threshold:g}, expected a number in [0, 1]")
        scores = sample.pred_score.float().cpu().numpy()
        names = self.attribute_names(len(scores))
        named = dict(zip(names, map(float, scores), strict=True))
        order = np.argsort(-scores, kind="stable")
        return {
            "scores": named,
            "attributes": [names[i] for i in order if scores[i] > threshold],
        }

    def attribute_names(self, count: int) -> list[str]:
        """Names stored with the weights; numbers where they store none."""
        names = list(
            (getattr(self.model, "dataset_meta", None) or {}).get("classes", ())
        )
        return (
            names if len(names) == count else [f"attribute {i}" for i in range(count)]
        )

    def draw(self, image: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
        """The image beside the attributes found, each with its probability."""
        lines = [
            f"{name}  {result['scores'][name]:.2f}" for name in result["attributes"]
        ]
        return plot_text_panel(image, lines or ["no attribute above the threshold"])

    def row(self, result: Result) -> dict[str, Any]:
        """Row with scores of four digits."""
        scores = {k: round(v, 4) for k, v in result["scores"].items()}
        return super().row(result) | {"scores": to_plain(scores)}
