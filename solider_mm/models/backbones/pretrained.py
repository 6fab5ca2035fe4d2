"""Load and save a backbone as one folder or file, also on the Hugging Face hub."""

import importlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import Tensor, nn

from solider_mm.checkpoints import infer_arch, load_file, parse_checkpoint
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.checkpoints.fetching import fetch_weights
from solider_mm.checkpoints.hub_folder import HUB_WEIGHTS, write_hub_folder
from solider_mm.checkpoints.loading import load_backbone
from solider_mm.checkpoints.stored_config import config_of
from solider_mm.model_index import find_model
from solider_mm.models.backbones.swin_arch import SwinArch, named_arch

__all__ = ["backbone_options", "load_pretrained", "save_pretrained"]

_HUB = "hf://"


def load_pretrained(kind: type[nn.Module], source: str | Path, **options: Any) -> Any:
    """Build a backbone from whatever holds one.

    Args:
        kind: `SOLIDERSwin`.
        source: `hf://owner/name`, a folder that `save_pretrained` wrote, the name of a
            named model, `"embedded"`, or a file.
        **options: Arguments of the constructor that replace the stored ones.

    Returns:
        The backbone in evaluation mode.

    Raises:
        ValueError: If it holds no Swin, or one without semantic controllers.
        FileNotFoundError: If there is no such file, or a folder holds no backbone.
        ImportError: If the extra `[hub]` is missing.
    """
    text = str(source)
    if text.startswith(_HUB) and text.count("/") == 3:
        return _by_mixin(kind, text.removeprefix(_HUB), options)
    if Path(text).is_dir():
        for name in ("config.json", HUB_WEIGHTS):
            if not (Path(text) / name).is_file():
                raise FileNotFoundError(
                    f"{text} has no {name}: expected a folder that save_pretrained "
                    "wrote; give one, a file, or the name of a model"
                )
        return _by_mixin(kind, text, options)
    path, config = _named(text)
    weights = parse_checkpoint(load_file(path)).backbone
    model = kind(**{**backbone_options(text, weights, config), **options})
    load_backbone(model, path)
    return model.eval()


def save_pretrained(model: Any, folder: str | Path, facts: Mapping[str, Any]) -> None:
    """Write `config.json`, `model.safetensors` and the card `README.md`.

    Args:
        model: Backbone.
        folder: Folder to create; it appears when it is complete.
        facts: What the card says, see `model_card`.

    Raises:
        FileExistsError: If the folder exists and is not empty.
        ImportError: If the extra `[hub]` is missing.
        OSError: If the folder cannot be written.
    """
    options = constructor_options(model)
    kind: Any = type(model)
    hub = _hub_class(kind)(**options)
    hub.load_state_dict(model.state_dict())
    own = model.semantic_weight
    known = dict(facts) if own is None else {**facts, "Semantic Weight": own}
    write_hub_folder(hub, folder, options, known)


def backbone_options(
    name: str, weights: Mapping[str, Tensor], config: Config | None = None
) -> dict[str, Any]:
    """Arguments with which a backbone fits its weights.

    Args:
        name: Name for the message.
        weights: Weights of the backbone.
        config: Config of the model that they are a part of.

    Returns:
        Those of the config, or else the architecture and window of the weights.

    Raises:
        ValueError: If it is a plain Swin.
    """
    model = {} if config is None else config.model
    given = dict(model.get("backbone") or {})
    kind = str(given.pop("type", "SOLIDERSwin"))
    given.pop("init_cfg", None)
    if not kind.endswith("SOLIDERSwin") or "semantic_embed_w.0.weight" not in weights:
        raise ValueError(
            f"{name} has a plain Swin without semantic controllers, so λ would have no "
            "effect: give a model on SOLIDERSwin, or pretrain one with SOLIDER"
        )
    if given and str(model.get("type")).endswith("SeqNet"):
        # The last stage works on regions, and has weights of its own.
        given["out_indices"] = (len(SwinArch.of(given.get("arch", "tiny")).depths) - 2,)
    if given:
        return given
    sizes = infer_arch(weights)
    window = sizes.pop("window_size")
    return {"arch": named_arch(**sizes), "window_size": window}


def constructor_options(model: Any) -> dict[str, Any]:
    """Arguments of the constructor that build an equal backbone.

    Args:
        model: `SOLIDERSwin`.

    Returns:
        Plain values, without `init_cfg`.
    """
    blocks = [block for stage in model.stages for block in stage.blocks]
    merges = [stage.downsample for stage in model.stages]
    strides = [model.patch_embed.stride]
    strides += [merge.stride for merge in merges if merge is not None]
    # Stages behind the last output are not built, and have the usual stride.
    strides += list(model.arch.strides[len(strides) :])
    sizes = model.arch
    # Drop rates rise linearly from 0.
    steps, built = max(sum(sizes.depths) - 1, 1), max(len(blocks) - 1, 1)
    return {
        "arch": named_arch(sizes.embed_dims, sizes.depths, sizes.num_heads),
        "window_size": blocks[0].attn["w_msa"].window_size,
        "patch_size": model.patch_embed.patch_size,
        "strides": strides,
        "out_indices": list(model.out_indices),
        "drop_path_rate": blocks[-1].drop_path.p * steps / built,
        "frozen_stages": model.frozen_stages,
        "with_cp": model.stages[0].with_cp,
        "semantic_weight": model.semantic_weight,
        "frozen_semantic": model.frozen_semantic,
        "in_channels": model.patch_embed.projection.in_channels,
    }


def _named(source: str) -> tuple[Path, Config | None]:
    """File of the weights, and the config that belongs to it."""
    is_file = Path(source).suffix in (".pth", ".pt", ".safetensors")
    if is_file or "://" in source or source in EMBEDDED_CHECKPOINTS:
        path = fetch_weights(source)
        return path, config_of(load_file(path))
    entry = find_model(source)
    if entry.weights is None:
        raise ValueError(
            f"{source} has no published weights: train it with its config, and give "
            "the file that training wrote"
        )
    path = fetch_weights(entry.weights, sha256=entry.sha256)
    return path, Config.fromfile(entry.config)


def _by_mixin(kind: Any, source: str, options: dict[str, Any]) -> Any:
    hub = _hub_class(kind).from_pretrained(source, strict=True, **options)
    # A plain backbone: the class with the mixin exists in this process only.
    model = kind(**hub._hub_mixin_config)
    model.load_state_dict(hub.state_dict())
    return model.eval()


@lru_cache(maxsize=4)
def _hub_class(kind: Any) -> Any:
    """Class with the mixin, made when the optional package is there."""
    try:
        hub: Any = importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise ImportError(
            "folders and addresses of the hub need huggingface_hub: run `pip install "
            "'solider_mm[hub]'`"
        ) from error

    class HubBackbone(hub.PyTorchModelHubMixin, kind):
        """A backbone with the mixin's methods."""

        def __init__(self, **options: Any) -> None:
            kind.__init__(self, **options)

    return HubBackbone
