"""The reference's heads: a projection onto prototypes, and one onto parts."""

import warnings

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ProjectionHead"]


class ProjectionHead(nn.Module):
    """Three-layer MLP, l2-norm, and cosines with class vectors.

    Both heads of the reference are of this kind: DINO's with 65,536 outputs, and the
    part classifier with four. No optimizer knows the part classifier, so it stays at
    its random start; its gradients are computed all the same, and never cleared
    (docs/reference.md §P1).

    Args:
        in_channels: Of a feature.
        out_channels: Number of class vectors.
        hidden_channels: Width of the MLP.
        bottleneck_channels: Width before the last layer.

    Source:
        docs/reference.md §2.5 "Heads".
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        hidden_channels: int = 2048,
        bottleneck_channels: int = 256,
    ) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(in_channels, hidden_channels),
            nn.GELU(),
            nn.Linear(hidden_channels, hidden_channels),
            nn.GELU(),
            nn.Linear(hidden_channels, bottleneck_channels),
        )
        for layer in self.mlp:
            if isinstance(layer, nn.Linear):
                nn.init.trunc_normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)
        last = nn.Linear(bottleneck_channels, out_channels, bias=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # the old form is the point
            self.last_layer = nn.utils.weight_norm(last)
        gain = self.last_layer.get_parameter("weight_g")
        nn.init.ones_(gain).requires_grad_(False)

    def forward(self, features: Tensor) -> Tensor:
        """Scores (n, outputs) of features (n, C)."""
        return self.last_layer(F.normalize(self.mlp(features), dim=-1))
