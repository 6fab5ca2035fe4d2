"""Windows of a small map, written as a bias between all its tokens.

A map that is hardly larger than a window is mostly padding once it is cut: 98 places
for the 32 tokens of an 8 × 4 map. There it is cheaper to compute attention between all
tokens and to exclude, by the bias, the pairs that share no window. All padded places
have the same key and value, so those of a window act on a query like one key whose bias
is the log-sum-exp of theirs: one column for all padding. The numbers are the same, and
nothing is gathered.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from solider_mm.functional.layout_cache import cached_layout
from solider_mm.functional.windows import window_layout

__all__ = ["WholeMapLayout", "is_small_map", "whole_map_bias", "whole_map_layout"]

# Pairs of tokens that may be computed for each pair of window places: at 1.15 (a map of
# 16 × 8 in windows of 7) the whole map is 1.1 to 1.6 times as fast in training.
_WORTH_IT = 1.25


@dataclass(frozen=True, eq=False)
class WholeMapLayout:
    """Which pairs of tokens share a window.

    Attributes:
        num_tokens: Number L of tokens.
        pairs: Pair of window places of each pair of tokens, (L · L,) int64, as a number
            below N² with N = window²; N² for tokens that share no window.
        mask: Additive mask (L, L) of a shift; None without a shift.
        places: Place of each token in its window, (L,) int64; None without padding.
        padding: Additive mask (L, N) of the padded places in the window of each token,
            −inf for all other places; None without padding.
    """

    num_tokens: int
    pairs: Tensor
    mask: Tensor | None
    places: Tensor | None
    padding: Tensor | None


def is_small_map(size: tuple[int, int], window: int) -> bool:
    """Whether attention over the whole map costs no more than in windows.

    Args:
        size: Size (H, W) of the map, in tokens.
        window: Side of a window, in tokens.
    """
    tokens = size[0] * size[1]
    windows = -(-size[0] // window) * -(-size[1] // window)
    return tokens**2 <= _WORTH_IT * windows * window**4


@cached_layout
def whole_map_layout(
    size: tuple[int, int], window: int, shift: int, device: torch.device
) -> WholeMapLayout:
    """Layout of a map, from a small cache.

    Args:
        size: Size (H, W) of the map, in tokens.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left, 0 for none.
        device: Device of the index tensors.

    Returns:
        The layout.

    Raises:
        ValueError: If the size or window is not positive or shift is not in
            [0, window).
    """
    layout = window_layout(size, window, shift, device)
    num_places = window**2
    own_window, places = layout.place // num_places, layout.place % num_places  # (L,)
    shared = own_window[:, None] == own_window
    pairs = torch.where(
        shared, places[:, None] * num_places + places, num_places**2
    )  # (L, L)
    is_padding = (layout.source == layout.num_tokens).view(-1, num_places)
    padding = torch.zeros_like(is_padding[own_window], dtype=torch.float)  # (L, N)
    padding = padding.masked_fill(~is_padding[own_window], -torch.inf)
    mask = None
    if layout.masks is not None and layout.kinds is not None:
        masks = layout.masks[layout.kinds[own_window], places]  # (L, N)
        mask = torch.where(shared, masks[:, places], 0)  # (L, L)
        padding = padding + masks
    return WholeMapLayout(
        num_tokens=layout.num_tokens,
        pairs=pairs.flatten(),
        mask=mask,
        places=places if layout.padded else None,
        padding=padding if layout.padded else None,
    )


def whole_map_bias(bias: Tensor, layout: WholeMapLayout) -> Tensor:
    """Spread the bias of a window over all pairs of tokens of a map.

    Args:
        bias: Bias (heads, N, N) between the places of a window.
        layout: Layout of the map.

    Returns:
        Bias (heads, L, L), with padding (heads, L, L + 1), where the last column is for
        the padding; −inf where two tokens share no window.
    """
    flat = F.pad(bias.flatten(1), (0, 1), value=-torch.inf)  # (heads, N² + 1)
    spread = flat.index_select(1, layout.pairs)
    spread = spread.unflatten(1, (layout.num_tokens, layout.num_tokens))
    if layout.mask is not None:
        spread = spread + layout.mask
    if layout.places is None or layout.padding is None:
        return spread
    to_padding = bias[:, layout.places] + layout.padding  # (heads, L, N)
    column = _log_sum_exp(to_padding).unsqueeze(-1)
    return torch.cat((spread, column), -1)


def _log_sum_exp(values: Tensor) -> Tensor:
    """Log-sum-exp over the last dimension; −inf, and no gradient, where all are −inf.

    torch's own gives NaN as the gradient of such a row, which stands for a token
    without padding in its window.
    """
    none = values.amax(-1, keepdim=True) == -torch.inf
    safe = values.masked_fill(none, 0).logsumexp(-1)
    return safe.masked_fill(none.squeeze(-1), -torch.inf)
