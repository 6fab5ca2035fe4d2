"""The DINO projection: MLP, l2-norm, weight-normalized last layer."""

from itertools import pairwise
from typing import Any

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from solider_mm.registry import MODELS


@MODELS.register_module()
class DINOPretrainNeck(BaseModule):
    """Project a pooled feature onto K prototypes.

    The last layer is weight-normalized with its gain held at 1, so its outputs are
    cosines between the normalized bottleneck and the prototypes.

    Args:
        in_channels: Channels C of the pooled feature.
        hidden_channels: Width of the MLP.
        bottleneck_channels: Width before the last layer.
        out_channels: Number K of prototypes.
        num_layers: Number of linear layers in the MLP, at least 1.
        norm_last_layer: Whether the gain of the last layer stays 1 (released recipe).
        init_cfg: Initialization config of mmengine's `BaseModule`.

    Raises:
        ValueError: If `num_layers` < 1.

    Source:
        docs/reference.md §2.5 "Heads"; deviation 4 explains why the weight norm is
        applied here, before the neck is copied.
    """

    def __init__(
        self,
        *,
        in_channels: int,
        hidden_channels: int = 2048,
        bottleneck_channels: int = 256,
        out_channels: int = 65536,
        num_layers: int = 3,
        norm_last_layer: bool = True,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if num_layers < 1:
            raise ValueError(f"num_layers={num_layers}: the neck needs at least 1.")
        widths = [
            in_channels,
            *[hidden_channels] * (num_layers - 1),
            bottleneck_channels,
        ]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.GELU()]
        self.mlp = nn.Sequential(*layers[:-1])
        for layer in self.mlp:
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)
        self.last_layer = weight_norm(
            nn.Linear(bottleneck_channels, out_channels, bias=False)
        )
        gain = self.last_layer.parametrizations.weight.original0
        nn.init.ones_(gain)
        gain.requires_grad_(not norm_last_layer)
        self.out_channels = out_channels

    def forward(self, features: Tensor) -> Tensor:
        """Project features.

        Args:
            features: Pooled features (B, C).

        Returns:
            Prototype scores (B, K).
        """
        # A norm rounded to bf16 would scale all scores of an image by up to 0.4 %.
        bottleneck = F.normalize(self.mlp(features).float(), dim=-1)  # (B, bottleneck)
        return self.last_layer(bottleneck)  # (B, K)
