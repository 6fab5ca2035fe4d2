"""Windows of a small map, written as a bias between all its tokens.

A map that is hardly larger than a window is mostly padding once it is cut: 98 places
for the 32 tokens of an 8 × 4 map. There it is cheaper to let every token meet every
other and to forbid, by the bias, the pairs that share no window. Padded places all have
the same key and value, so those of a window act on a query like one key whose bias is
the log-sum-exp of theirs: one column for all padding. Same numbers, no gathering.
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
        pairs: (L · L,) int64, the pair of window places of each pair of tokens, as a
            number below N² with N = window²; N² for tokens that share no window.
        mask: (L, L) additive mask of a shift; None without a shift.
        places: (L,) int64, the place of each token in its window; None without padding.
        padding: (L, N) additive mask of the padded places that a token meets, −inf for
            all others; None without padding.
    """

    pairs: Tensor
    mask: Tensor | None
    places: Tensor | None
    padding: Tensor | None


def is_small_map(size: tuple[int, int], window: int) -> bool:
    """Whether attention over the whole map costs no more than in windows.

    Args:
        size: (H, W) of the map, in tokens.
        window: Side of a window, in tokens.
    """
    tokens = size[0] * size[1]
    windows = -(-size[0] // window) * -(-size[1] // window)
    return tokens**2 <= _WORTH_IT * windows * window**4


@cached_layout
def whole_map_layout(
    size: tuple[int, int], window: int, shift: int, device: torch.device
) -> WholeMapLayout:
    """The layout of a map, from a small cache.

    Args:
        size: (H, W) of the map, in tokens.
        window: Side of a window, in tokens.
        shift: Tokens by which the padded map is rolled up and left, 0 for none.
        device: Where the index tensors live.

    Returns:
        The layout.

    Raises:
        ValueError: If the size or window is not positive or shift is not in
            [0, window).
    """
    layout = window_layout(size, window, shift, device)
    num_places = window**2
    own_window = layout.place // num_places  # (L,)
    places = layout.place % num_places
    shared = own_window[:, None] == own_window
    pairs = torch.where(
        shared, places[:, None] * num_places + places, num_places**2
    )  # (L, L)
    mask = to_padding = None
    if layout.masks is not None and layout.kinds is not None:
        masks = layout.masks[layout.kinds[own_window], places]  # (L, N)
        mask = torch.where(shared, masks.gather(1, places.expand(len(places), -1)), 0)
        to_padding = masks
    if not layout.padded:
        return WholeMapLayout(pairs.flatten(), mask, None, None)
    is_padding = torch.ones_like(layout.source, dtype=torch.bool)
    is_padding[layout.place] = False
    met = is_padding.view(-1, num_places)[own_window]  # (L, N)
    padding = torch.zeros(met.shape, device=device).masked_fill_(~met, -torch.inf)
    if to_padding is not None:
        padding = padding + to_padding
    return WholeMapLayout(pairs.flatten(), mask, places, padding)


def whole_map_bias(bias: Tensor, layout: WholeMapLayout) -> Tensor:
    """Spread the bias of a window over all pairs of tokens of a map.

    Args:
        bias: (heads, N, N) between the places of a window.
        layout: Of the map.

    Returns:
        (heads, L, L), with padding (heads, L, L + 1), the last column for the padding;
        −inf where two tokens share no window.
    """
    num_tokens = int(layout.pairs.numel() ** 0.5)
    flat = F.pad(bias.flatten(1), (0, 1), value=-torch.inf)  # (heads, N² + 1)
    spread = flat.index_select(1, layout.pairs).view(-1, num_tokens, num_tokens)
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
