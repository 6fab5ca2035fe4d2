"""Online instance matching (OIM) loss with a lookup table and a circular queue."""

from typing import cast

import torch
import torch.nn.functional as F
from mmengine.dist import all_gather, get_world_size
from mmengine.model import BaseModule
from torch import Tensor

from solider_mm.registry import MODELS

__all__ = ["OIMLoss", "update_table"]


@MODELS.register_module()
class OIMLoss(BaseModule):
    """Cross-entropy over a lookup table of identities and a queue of unlabeled people.

    Table, queue and pointer are buffers, so every checkpoint contains them. All
    processes update them with the embeddings of all processes. They are updated in
    the training forward pass after the logits; the released code updates them inside
    `backward`, with the same numbers (deviation 44).

    Args:
        num_persons: Number of identities P, numbered 0…P − 1.
        queue_size: Rows Q of the queue.
        channels: Channels D of an embedding.
        momentum: Weight of the old row in a table's new row.
        scale: Factor of the cosines, the inverse temperature.
        loss_weight: Weight of the loss.

    Raises:
        ValueError: If a size is below 1.

    Source:
        docs/reference.md §6.1. Identities are contiguous; the released table is too
        short for two of PRW's (docs/reference.md §S5). Without a labeled person the
        loss is 0 instead of NaN.
    """

    lut: Tensor
    queue: Tensor
    pointer: Tensor

    def __init__(
        self,
        *,
        num_persons: int,
        queue_size: int,
        channels: int = 256,
        momentum: float = 0.5,
        scale: float = 30.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if min(num_persons, queue_size, channels) < 1:
            raise ValueError(
                f"num_persons={num_persons}, queue_size={queue_size}, channels="
                f"{channels}: expected at least 1 each"
            )
        self.momentum, self.scale, self.loss_weight = momentum, scale, loss_weight
        self.register_buffer("lut", torch.zeros(num_persons, channels))
        self.register_buffer("queue", torch.zeros(queue_size, channels))
        self.register_buffer("pointer", torch.zeros((), dtype=torch.long))

    @torch.autocast("cuda", enabled=False)
    @torch.autocast("cpu", enabled=False)
    def forward(self, embeddings: Tensor, identities: Tensor) -> Tensor:
        """Compute the loss, then update table and queue.

        Args:
            embeddings: Unit vectors of foreground regions, (R, D); R may be 0.
            identities: Identities 0…P − 1, or −1 for unlabeled people, (R,) int64.

        Returns:
            Mean over the labeled people; 0 with a graph if there are none.

        Raises:
            ValueError: If an identity has no row in the table.
        """
        embeddings = embeddings.float()
        if len(identities) and int(identities.max()) >= len(self.lut):
            raise ValueError(
                f"identity {int(identities.max())} is outside of the table of "
                f"{len(self.lut)} rows: set num_persons to the dataset's number of "
                "identities"
            )
        labeled = identities >= 0
        columns = torch.cat([self.lut, self.queue])  # (P + Q, D), a copy
        logits = self.scale * embeddings[labeled] @ columns.T
        loss = F.cross_entropy(logits, identities[labeled], reduction="sum")
        loss = loss / labeled.sum().clamp(min=1) + 0 * embeddings.sum()
        if self.training:
            self.update(embeddings.detach(), identities)
        return self.loss_weight * loss

    @torch.no_grad()
    def update(self, embeddings: Tensor, identities: Tensor) -> None:
        """Write the embeddings of all processes, by rank, into table and queue.

        Args:
            embeddings: Unit vectors of this process, (R, D).
            identities: Identities, −1 for unlabeled people, (R,).
        """
        embeddings, identities = _of_all_processes(embeddings, identities)
        labeled = identities >= 0
        update_table(self.lut, embeddings[labeled], identities[labeled], self.momentum)
        unlabeled = embeddings[~labeled]
        size, count = len(self.queue), len(unlabeled)
        # If there are more rows than the queue holds, only the last ones are kept.
        rows = torch.arange(max(count - size, 0), count, device=unlabeled.device)
        self.queue[(self.pointer + rows) % size] = unlabeled[rows]
        self.pointer.copy_((self.pointer + count) % size)


def update_table(
    table: Tensor, embeddings: Tensor, identities: Tensor, momentum: float
) -> None:
    """Update the rows of the given identities by a moving average.

    row ← normalize(m · row + (1 − m) · embedding). Several embeddings of one identity
    are applied one after the other in their order.

    Args:
        table: Lookup table (P, D), modified in place.
        embeddings: Embeddings (R, D).
        identities: Identities in 0…P − 1, (R,).
        momentum: Momentum m.
    """
    if not len(identities):
        return
    order = identities.argsort(stable=True)
    _, counts = identities[order].unique_consecutive(return_counts=True)
    starts = (counts.cumsum(0) - counts).repeat_interleave(counts)
    turn = torch.arange(len(order), device=order.device) - starts  # 0, 1, … each
    for rows in (order[turn == k] for k in range(int(counts.max()))):
        which = identities[rows]
        mixed = momentum * table[which] + (1 - momentum) * embeddings[rows]
        table[which] = F.normalize(mixed, dim=1)


def _of_all_processes(embeddings: Tensor, identities: Tensor) -> tuple[Tensor, Tensor]:
    """Gather the rows of all processes, ordered by rank."""
    if get_world_size() == 1:
        return embeddings, identities
    counts = [int(n) for n in all_gather(identities.new_tensor(len(identities)))]
    missing = max(counts) - len(identities)
    # all_gather needs equal sizes: pad, gather, and remove the padding.
    gathered = (
        cast("list[Tensor]", all_gather(F.pad(embeddings, (0, 0, 0, missing)))),
        cast("list[Tensor]", all_gather(F.pad(identities, (0, missing)))),
    )
    parts = ([row[:n] for row, n in zip(g, counts, strict=True)] for g in gathered)
    all_embeddings, all_identities = (torch.cat(part) for part in parts)
    return all_embeddings, all_identities
