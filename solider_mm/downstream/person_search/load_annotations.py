"""Loading of boxes and identities."""

from typing import Any

from mmdet.datasets.transforms import LoadTrackAnnotations

from solider_mm.registry import TRANSFORMS

__all__ = ["LoadPersonSearchAnnotations"]


@TRANSFORMS.register_module()
class LoadPersonSearchAnnotations(LoadTrackAnnotations):
    """mmdet's `LoadTrackAnnotations` that accepts images without annotations.

    Without `instances`, as in inference on a plain image, the transform does nothing.
    Arguments are those of mmdet's transform.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load boxes, labels and identities if there are any."""
        if "instances" not in results:
            return results
        loaded: dict[str, Any] = super().transform(results)
        return loaded
