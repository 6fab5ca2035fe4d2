"""Position biases of all blocks of a stage, for maps of all sizes, made at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from solider_mm.functional.layout_cache import cached_layout
from solider_mm.functional.whole_map import is_small_map, whole_map_layout

__all__ = ["position_biases", "relative_position_index"]


@dataclass(frozen=True, eq=False)
class _Plan:
    """Where the biases of some layouts come from.

    A value is an entry of the table plus a constant. The bias toward the padding of a
    small map is the log-sum-exp of such values.

    Attributes:
        entries: Rows of the table, (P,) int64.
        constants: What is added to them, (P,): 0, a mask or −inf.
        padding_entries: Rows of the table of the padded places of the window of each
            token, (L · N,) int64, of all small maps with padding.
        padding_constants: What is added to them, (L, N), −inf for other places.
        columns: What is added to their log-sum-exp, (L,): −inf without padding.
        arrangement: Position of each value of the result among the values and then
            the columns, (Q,) int64.
        places: Number of places of each layout; their squares add up to Q.
    """

    entries: Tensor
    constants: Tensor
    padding_entries: Tensor
    padding_constants: Tensor
    columns: Tensor
    arrangement: Tensor
    places: tuple[int, ...]


def position_biases(
    tables: Sequence[Tensor],
    sizes: Sequence[tuple[int, int]],
    window: int,
    shifts: Sequence[int],
    dtype: torch.dtype,
) -> list[list[Tensor]]:
    """Biases of some blocks for some sizes of maps.

    Args:
        tables: Table ((2 · window − 1)², heads) of each block.
        sizes: Sizes (H, W) of maps.
        window: Side of a window, in tokens.
        shifts: Shift of each block.
        dtype: Type of the result.

    Returns:
        For each block the bias of each size, (heads, 1, 1, N, N), where N is the number
        of places of its `PackedLayout`.
    """
    kinds = tuple(dict.fromkeys(shifts))
    plan = _plan(tuple(sizes), window, kinds, tables[0].device)
    table = torch.cat(list(tables), 1).t()  # (all heads, rows)
    values = table.index_select(1, plan.entries) + plan.constants
    if len(plan.columns):
        padding = table.index_select(1, plan.padding_entries)
        padding = padding.view(-1, *plan.padding_constants.shape)
        columns = (padding + plan.padding_constants).logsumexp(-1) + plan.columns
        values = torch.cat((values, columns), 1).index_select(1, plan.arrangement)
    parts = values.to(dtype).split([places**2 for places in plan.places], 1)
    heads = [block_table.shape[1] for block_table in tables]
    by_layout = [
        part.view(-1, 1, 1, places, places).split(heads)
        for part, places in zip(parts, plan.places, strict=True)
    ]
    chosen = [kinds.index(shift) * len(sizes) for shift in shifts]
    return [
        [by_layout[first + i][block] for i in range(len(sizes))]
        for block, first in enumerate(chosen)
    ]


def relative_position_index(window: int, device: torch.device | None = None) -> Tensor:
    """Row of the bias table for each pair of places in a window.

    Args:
        window: Side of a window, in tokens.
        device: Device of the result; None takes torch's default.

    Returns:
        Rows (window², window²), int64 in [0, (2 · window − 1)²).
    """
    side = torch.arange(window, device=device)
    rows, columns = (
        grid.flatten() for grid in torch.meshgrid(side, side, indexing="ij")
    )
    down = rows[:, None] - rows[None, :] + window - 1
    right = columns[:, None] - columns[None, :] + window - 1
    return down * (2 * window - 1) + right


@cached_layout
def _plan(
    sizes: tuple[tuple[int, int], ...],
    window: int,
    shifts: tuple[int, ...],
    device: torch.device,
) -> _Plan:
    """Plan for each shift and size, in this order."""
    index = relative_position_index(window, device)  # (N, N)
    entries, constants, arrangement, places = [], [], [], []
    padding_entries, padding_constants, columns = [], [], []
    num_values = num_columns = 0
    for shift in shifts:
        for size in sizes:
            if not is_small_map(size, window):
                count = window**2
                entries.append(index.flatten())
                constants.append(torch.zeros(count**2, device=device))
                own = num_values + torch.arange(count**2, device=device)
                arrangement.append(own)
                num_values += count**2
                places.append(count)
                continue
            layout = whole_map_layout(size, window, shift, device)
            count = layout.num_tokens
            apart = layout.pairs == window**4
            entries.append(index.flatten()[layout.pairs.masked_fill(apart, 0)])
            constant = torch.zeros(count, count, device=device)
            constant = constant if layout.mask is None else constant + layout.mask
            constants.append(constant.flatten().masked_fill(apart, -torch.inf))
            own = num_values + torch.arange(count**2, device=device)
            own = own.view(count, count)
            num_values += count**2
            if layout.places is not None and layout.padding is not None:
                empty = (layout.padding == -torch.inf).all(1)  # (L,)
                padding_entries.append(index[layout.places].flatten())
                padding_constants.append(
                    layout.padding.masked_fill(empty[:, None], 0.0)
                )
                columns.append(torch.zeros(count, device=device))
                columns[-1].masked_fill_(empty, -torch.inf)
                # Columns follow all values, whose number is not known yet.
                column = -1 - num_columns - torch.arange(count, device=device)
                num_columns += count
                own = torch.cat((own, column[:, None]), 1)
                # The padding's own query is computed in vain, with any finite bias.
                own = torch.cat((own, own[:1, :1].expand(1, count + 1)))
            places.append(len(own))
            arrangement.append(own.flatten())
    order = torch.cat(arrangement)
    return _Plan(
        entries=torch.cat(entries),
        constants=torch.cat(constants),
        padding_entries=_joined(padding_entries, device).long(),
        padding_constants=_joined(padding_constants, device),
        columns=_joined(columns, device),
        arrangement=torch.where(order < 0, num_values - 1 - order, order),
        places=tuple(places),
    )


def _joined(parts: list[Tensor], device: torch.device) -> Tensor:
    return torch.cat(parts) if parts else torch.empty(0, device=device)
