"""Our models in mmpretrain's `ModelHub`, with weights that are verified on loading."""

from typing import Any

from mmengine.runner import CheckpointLoader
from mmpretrain.apis import ModelHub
from modelindex.load_model_index import load

from solider_mm.checkpoints import load_file
from solider_mm.checkpoints.fetching import fetch_weights
from solider_mm.model_index import find_model, project_root

__all__ = ["register_models"]

_SCHEME = "solider_mm://"


def register_models() -> list[str]:
    """Register the models of model-index.yml, so that `get_model` knows their names.

    Names that the hub already has are left alone: calling this again changes nothing.

    Returns:
        Names that were added; none if the installation has no model-index.yml.
    """
    try:
        root = project_root()
    except FileNotFoundError:
        return []
    index = load(str(root / "model-index.yml"))
    index.build_models_with_collections()
    added = []
    for model in index.models:
        name = model.name.lower()
        if ModelHub.has(name):
            continue
        model.config = str(root / model.config)
        if model.weights is not None:
            model.weights = _SCHEME + model.name
        ModelHub._models_dict[name] = model
        added.append(model.name)
    return added


@CheckpointLoader.register_scheme(prefixes=_SCHEME, force=True)
def load_named_weights(filename: str, map_location: Any = None) -> Any:
    """Load the weights of a model by name, as mmengine's loaders do.

    Args:
        filename: `solider_mm://` and the name of the model.
        map_location: Ignored; the tensors are on the CPU.

    Returns:
        Dict with `state_dict` and `meta`.

    Raises:
        ValueError: If the name is unknown, has no weights, or the checksum differs.
    """
    del map_location
    entry = find_model(filename.removeprefix(_SCHEME))
    if entry.weights is None:
        raise ValueError(
            f"{entry.name} has no published weights: use pretrained=False, or give a "
            "checkpoint."
        )
    return load_file(fetch_weights(entry.weights, sha256=entry.sha256))
