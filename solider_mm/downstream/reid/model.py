"""Re-ID model: image classifier that can also rank a gallery."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.runner import Runner
from mmpretrain.models import ImageClassifier
from mmpretrain.structures import DataSample
from torch import Tensor
from torch.utils.data import DataLoader

from solider_mm.checkpoints.reid_names import is_official_reid, rename_official_reid
from solider_mm.checkpoints.safe_loading import load_file
from solider_mm.checkpoints.weight_checks import plain_names
from solider_mm.fileio.atomic import atomic_path
from solider_mm.registry import MODELS

__all__ = ["ReIDModel"]


@MODELS.register_module()
class ReIDModel(ImageClassifier):
    """mmpretrain's image classifier with the interface of its retrievers.

    `mmpretrain.ImageRetrievalInferencer` accepts a re-ID config and its checkpoint: it
    sets `prototype` (the gallery) and calls `prepare_prototype`. From then on `predict`
    sets `pred_score` to the cosine similarity with every gallery image, and
    `pred_label` to the gallery indices in descending similarity. Parameters have the
    names of `ImageClassifier`, so checkpoints of both are interchangeable. A state dict
    with the names of SOLIDER-REID loads as well.

    Args:
        **kwargs: Arguments of mmpretrain's `ImageClassifier`.
    """

    prototype_vecs: Tensor | None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.prototype: Tensor | DataLoader[Any] | dict[str, Any] | str | None = None
        self.register_buffer("prototype_vecs", None, persistent=False)
        self._register_load_state_dict_pre_hook(_from_official_names)

    @torch.no_grad()
    def prepare_prototype(self) -> None:
        """Compute or read the features of the gallery in `prototype`.

        `prototype` is a dataloader without shuffling, its config, a tensor (G, C), or
        the path of a file that `dump_prototype` wrote.

        Raises:
            ValueError: If the gallery is missing or is not a table of features.
        """
        source = self.prototype
        if isinstance(source, str):
            source = load_file(source)
        elif isinstance(source, DataLoader | dict):
            source = self._gallery_features(Runner.build_dataloader(source))
        if not isinstance(source, Tensor) or source.ndim != 2:
            found = tuple(source.shape) if isinstance(source, Tensor) else source
            raise ValueError(
                f"prototype is {found!r}: expected a dataloader, its config, features "
                "(G, C) or a file of them; set the prototype to the gallery"
            )
        device = next(self.parameters()).device
        self.prototype_vecs = F.normalize(source.float().to(device), dim=1)

    def dump_prototype(self, path: str | Path) -> None:
        """Write the normalized features of the gallery to a file.

        Args:
            path: File to write.
        """
        if self.prototype_vecs is None:
            self.prepare_prototype()
        with atomic_path(path) as temporary:
            torch.save(self.prototype_vecs, temporary)

    def predict(
        self,
        inputs: Tensor,
        data_samples: list[DataSample] | None = None,
        **kwargs: Any,
    ) -> list[DataSample]:
        """Predict features and identities, or similarities with the gallery.

        Args:
            inputs: Normalized images (B, C, H, W).
            data_samples: B samples, or None.
            **kwargs: Arguments of the head's `predict`.

        Returns:
            Samples of the head; with a gallery, samples with `feature` (C,), and
            `pred_score` (G,) and `pred_label` (G,) that refer to the gallery.
        """
        if self.prototype_vecs is None:
            return super().predict(inputs, data_samples, **kwargs)
        features = self.extract_feat(inputs, stage="pre_logits")  # (B, C)
        similarity = F.normalize(features.float(), dim=1) @ self.prototype_vecs.T
        order = similarity.argsort(dim=1, descending=True)  # (B, G)
        samples = data_samples or [DataSample() for _ in features]
        rows = zip(samples, features, similarity, order, strict=True)
        for sample, feature, scores, indices in rows:
            sample.set_field(feature, "feature", dtype=torch.Tensor)
            sample.set_pred_score(scores).set_pred_label(indices)
        return samples

    def _gallery_features(self, loader: DataLoader[Any]) -> Tensor:
        self.eval()
        features = []
        for batch in loader:
            inputs = self.data_preprocessor(batch, False)["inputs"]
            features.append(self.extract_feat(inputs, stage="pre_logits"))
        return torch.cat(features)  # (G, C)


def _from_official_names(
    state_dict: dict[str, Any], prefix: str, *unused: object
) -> None:
    """Rename the weights of SOLIDER-REID in place."""
    del unused
    weights = plain_names(state_dict)
    if not prefix and is_official_reid(weights):
        state_dict.clear()
        state_dict.update(rename_official_reid(weights))
