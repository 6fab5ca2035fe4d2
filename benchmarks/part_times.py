"""Where the time of a training step goes, part by part, on both sides."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.pretraining import OurTraining
from benchmarks.reference.training_step import LiteralTraining
from benchmarks.side_by_side import synchronize

__all__ = ["PARTS", "PartTimes", "watch_literal", "watch_ours"]

PARTS = (
    "normalization",
    "teacher",
    "semantic labels",
    "masking",
    "student backbone",
    "heads and losses",
    "backward",
    "clipping and AdamW",
    "teacher's average",
)


class PartTimes:
    """Seconds of the parts of a step, each without the parts inside it.

    Waiting for a GPU after every part makes a step slower: whole steps are timed
    without it.

    Args:
        device: Waited for at every change of part.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self.rounds: list[dict[str, float]] = []
        self._open: list[str] = []
        self._since = 0.0

    def start_round(self) -> None:
        """Begin the times of another step."""
        self.rounds.append(defaultdict(float))

    def watch(self, owner: Any, method: str, part: str) -> None:
        """Count the calls of a method as a part from now on."""
        original = getattr(owner, method)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(part):
                return original(*args, **kwargs)

        setattr(owner, method, timed)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens here as a part."""
        self._change()
        self._open.append(name)
        try:
            yield
        finally:
            self._change()
            self._open.pop()

    def of(self, part: str) -> list[float]:
        """Seconds of a part, round by round."""
        return [times.get(part, 0.0) for times in self.rounds]

    def _change(self) -> None:
        synchronize(self.device)
        now = time.perf_counter()
        if self._open and self.rounds:
            self.rounds[-1][self._open[-1]] += now - self._since
        self._since = now


def watch_ours(training: OurTraining, times: PartTimes) -> None:
    """Watch the parts of our step."""
    model, wrapper = training.model, training.optim_wrapper
    for owner, method, part in (
        (model.data_preprocessor, "forward", "normalization"),
        (model, "loss", "heads and losses"),
        (model, "encode_teacher", "teacher"),
        (model.teacher["neck"], "forward", "teacher"),
        (model, "label_parts", "semantic labels"),
        (model, "mask_random_part", "masking"),
        (model.backbone, "forward_sizes", "student backbone"),
        (wrapper, "backward", "backward"),
        (wrapper, "step", "clipping and AdamW"),
        (wrapper, "zero_grad", "clipping and AdamW"),
        (model, "update_teacher", "teacher's average"),
    ):
        times.watch(owner, method, part)


def watch_literal(training: LiteralTraining, times: PartTimes) -> None:
    """Time the parts of the baseline's step."""
    for owner, method, part in (
        (training, "label_pass", "teacher"),
        (training, "target_pass", "teacher"),
        (training, "cluster", "semantic labels"),
        (training, "mask", "masking"),
        (training, "student_pass", "heads and losses"),
        (training.student.backbone, "forward", "student backbone"),
        (training, "losses", "heads and losses"),
        (training, "backward", "backward"),
        (training.optimizer, "zero_grad", "clipping and AdamW"),
        (training, "optimize", "clipping and AdamW"),
        (training, "move_teacher", "teacher's average"),
    ):
        times.watch(owner, method, part)
