"""From the tokens of a stage to its feature map."""

from torch import Tensor, nn

__all__ = ["TokensToMap"]


class TokensToMap(nn.Module):
    """Arrange tokens as a feature map.

    A module of its own, so that tools can attach to the map, for example class
    activation maps to `backbone.to_map`.
    """

    def forward(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Arrange tokens row by row.

        Args:
            tokens: Tokens (B, H · W, C).
            size: (H, W) of the map.

        Returns:
            Map (B, C, H, W), contiguous.
        """
        return tokens.transpose(1, 2).unflatten(2, size).contiguous()
