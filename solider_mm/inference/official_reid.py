"""The config of weights that SOLIDER-REID publishes, which carry none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import Tensor

from solider_mm.checkpoints import infer_arch, load_file
from solider_mm.checkpoints.reid_names import is_official_reid, rename_official_reid
from solider_mm.checkpoints.weight_checks import plain_names
from solider_mm.model_index import find_model

__all__ = ["fit_official_reid", "official_reid_config"]

_MODEL = "ReIDModel"
_SIZES = {
    (96, (2, 2, 6, 2)): "tiny",
    (96, (2, 2, 18, 2)): "small",
    (128, (2, 2, 18, 2)): "base",
}
_SETS = {751: "market1501", 1041: "msmt17"}  # by the number of training identities
_NAME = "reid_solider-swin-{}_1xb64-amp-cosine-120e_{}-384x128"


def official_reid_config(content: Any) -> Config | None:
    """Find the config by the sizes of the weights and the number of identities.

    Args:
        content: What `load_file` returned.

    Returns:
        Our config of the recipe; None if the weights are not SOLIDER-REID's, or of
        another size than Swin-T, S or B.
    """
    weights = _weights(content)
    if weights is None:
        return None
    backbone = {
        name.removeprefix("backbone."): value
        for name, value in weights.items()
        if name.startswith("backbone.")
    }
    arch = infer_arch(backbone)
    size = _SIZES.get((arch["embed_dims"], arch["depths"]))
    if size is None:
        return None
    trained_on = _SETS.get(len(weights["head.classifier.weight"]), "market1501")
    config = Config.fromfile(find_model(_NAME.format(size, trained_on)).config)
    return _with_identities(config, weights)


def fit_official_reid(config: Config, path: Path) -> None:
    """Give a re-ID config as many identities as SOLIDER-REID's weights have.

    The classifier is not needed for an answer, but a model and its weights must fit.

    Args:
        config: Config of any model; that of a re-ID model is changed in place.
        path: Weights; those of other models change nothing.
    """
    model = config.get("model") or {}
    if str(model.get("type")).rpartition(".")[2] == _MODEL:
        weights = _weights(load_file(path))
        if weights is not None:
            _with_identities(config, weights)


def _with_identities(config: Config, weights: Mapping[str, Tensor]) -> Config:
    config.model.head.num_classes = len(weights["head.classifier.weight"])
    return config


def _weights(content: Any) -> dict[str, Tensor] | None:
    content = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    weights = plain_names(content)
    return rename_official_reid(weights) if is_official_reid(weights) else None
