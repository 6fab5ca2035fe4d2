"""Online instance matching: identities against a table and a queue of embeddings."""

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
    """Cross-entropy of identities against a lookup table and a queue of the unnamed.

    Table, queue and pointer are buffers: they are in every checkpoint, and all
    processes update them with the embeddings of all processes. They change in the
    forward pass of training, after the logits; the reference changes them inside
    `backward`, with the same numbers.

    Args:
        num_persons: Identities P, numbered 0…P − 1.
        queue_size: Rows Q of the queue.
        channels: D of an embedding.
        momentum: Share of the old row in a table's new row.
        scale: Of the cosines, the inverse temperature.
        loss_weight: Of the result.

    Raises:
        ValueError: If a size is below 1.

    Source:
        docs/reference.md §6.1. Identities are contiguous here (docs/reference.md §S5: the reference's
        table is too short for two of PRW's); without a named person the loss is 0, not
        NaN.
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
        """Loss of the people, then the update of table and queue.

        Args:
            embeddings: Unit vectors of foreground regions (R, D); R may be 0.
            identities: (R,) int64, 0…P − 1, or −1 for people without a name.

        Returns:
            Mean over the named people; a 0 attached to the graph without any.

        Raises:
            ValueError: If an identity has no row in the table.
        """
        embeddings = embeddings.float()
        if len(identities) and int(identities.max()) >= len(self.lut):
            raise ValueError(
                f"identity {int(identities.max())} has no row in the table of "
                f"{len(self.lut)}: set num_persons to the data set's number of "
                "identities"
            )
        named = identities >= 0
        columns = torch.cat([self.lut, self.queue])  # (P + Q, D), a copy
        logits = self.scale * embeddings[named] @ columns.T
        loss = F.cross_entropy(logits, identities[named], reduction="sum")
        loss = loss / named.sum().clamp(min=1) + 0 * embeddings.sum()
        if self.training:
            self.update(embeddings.detach(), identities)
        return self.loss_weight * loss

    @torch.no_grad()
    def update(self, embeddings: Tensor, identities: Tensor) -> None:
        """Write embeddings of all processes, in order, into table and queue.

        Args:
            embeddings: Unit vectors (R, D) of this process.
            identities: (R,), −1 for people without a name.
        """
        embeddings, identities = _of_all_processes(embeddings, identities)
        named = identities >= 0
        update_table(self.lut, embeddings[named], identities[named], self.momentum)
        unnamed = embeddings[~named]
        size, count = len(self.queue), len(unnamed)
        # Of more than a whole turn only the last rows would stay.
        turn = torch.arange(max(count - size, 0), count, device=unnamed.device)
        self.queue[(self.pointer + turn) % size] = unnamed[turn]
        self.pointer.copy_((self.pointer + count) % size)


def update_table(
    table: Tensor, embeddings: Tensor, identities: Tensor, momentum: float
) -> None:
    """Mix embeddings into the rows of their identities, one after the other.

    row ← normalize(m · row + (1 − m) · embedding). Several embeddings of an identity
    follow each other in their order; those of different ones are written together.

    Args:
        table: (P, D), changed in place.
        embeddings: (R, D).
        identities: (R,), each in 0…P − 1.
        momentum: m.
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
    """Rows of all processes in the order of their ranks."""
    if get_world_size() == 1:
        return embeddings, identities
    counts = [int(n) for n in all_gather(identities.new_tensor(len(identities)))]
    missing = max(counts) - len(identities)
    # Ranks exchange tensors of one size; the filling is cut off again.
    gathered = (
        cast("list[Tensor]", all_gather(F.pad(embeddings, (0, 0, 0, missing)))),
        cast("list[Tensor]", all_gather(F.pad(identities, (0, missing)))),
    )
    parts = ([row[:n] for row, n in zip(g, counts, strict=True)] for g in gathered)
    all_embeddings, all_identities = (torch.cat(part) for part in parts)
    return all_embeddings, all_identities
