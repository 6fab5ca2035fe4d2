"""λ-Swins for timm: import this package, then `timm.create_model("solider_swin_tiny")`.

Needs the extra `[timm]`. λ is the keyword `semantic_weight` of `create_model`, and of
every call.
"""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

try:
    from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
except ImportError as error:
    raise ImportError(
        "solider_mm.timm_models needs timm: run `pip install 'solider_mm[timm]'`"
    ) from error

from solider_mm.checkpoints import parse_checkpoint
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINT
from solider_mm.functional.image_batch import IMAGE_MEAN, IMAGE_STD
from solider_mm.models.backbones.swin_arch import SwinArch
from solider_mm.timm_models.classifier import SemanticFeatures, SOLIDERSwinClassifier

__all__ = [
    "SOLIDERSwinClassifier",
    "solider_swin_base",
    "solider_swin_mini",
    "solider_swin_nano",
    "solider_swin_small",
    "solider_swin_tiny",
]


def _cfg(size: tuple[int, int], file: Path | None = None) -> dict[str, Any]:
    return {
        "input_size": (3, *size),
        "fixed_input_size": False,
        "interpolation": "bicubic",
        "crop_pct": 1.0,
        "crop_mode": "squash",
        "mean": tuple(value / 255 for value in IMAGE_MEAN),
        "std": tuple(value / 255 for value in IMAGE_STD),
        "num_classes": 0,
        "first_conv": "backbone.patch_embed.projection",
        "classifier": "head.fc",
        "license": "apache-2.0",
        **({} if file is None else {"file": str(file)}),
    }


default_cfgs = generate_default_cfgs(
    {
        "solider_swin_nano.synthetic": _cfg((64, 32), EMBEDDED_CHECKPOINT),
        "solider_swin_mini": _cfg((128, 64)),
        "solider_swin_tiny": _cfg((256, 128)),
        "solider_swin_small": _cfg((256, 128)),
        "solider_swin_base": _cfg((256, 128)),
    }
)


def _weights_for_timm(state: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Backbone of any known format under our names; the classifier as it is."""
    own = {f"backbone.{k}": v for k, v in parse_checkpoint(state).backbone.items()}
    head = {k: v for k, v in state.items() if k.startswith("head.fc.")}
    missing = {k: v for k, v in model.state_dict().items() if k not in own}
    return {**missing, **own, **head}


def _create(arch: str, pretrained: bool, **options: Any) -> nn.Module:
    stages = range(len(SwinArch.of(arch).depths))
    model: nn.Module = build_model_with_cfg(
        SOLIDERSwinClassifier,
        f"solider_swin_{arch}",
        pretrained,
        pretrained_filter_fn=_weights_for_timm,
        feature_cfg={"out_indices": tuple(stages), "feature_cls": SemanticFeatures},
        arch=arch,
        **options,
    )
    return model


@register_model
def solider_swin_nano(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """λ-Swin nano; `pretrained` takes the weights of synthetic pedestrians."""
    return _create("nano", pretrained, **kwargs)


@register_model
def solider_swin_mini(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """λ-Swin mini."""
    return _create("mini", pretrained, **kwargs)


@register_model
def solider_swin_tiny(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """λ-Swin tiny."""
    return _create("tiny", pretrained, **kwargs)


@register_model
def solider_swin_small(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """λ-Swin small."""
    return _create("small", pretrained, **kwargs)


@register_model
def solider_swin_base(pretrained: bool = False, **kwargs: Any) -> nn.Module:
    """λ-Swin base."""
    return _create("base", pretrained, **kwargs)
