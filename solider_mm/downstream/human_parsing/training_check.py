"""Checks of the label maps before parsing is trained."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from numpy.typing import NDArray

from solider_mm.downstream.human_parsing.label_map import IGNORED, LoadLabelMap
from solider_mm.engine.launching import require_batches
from solider_mm.fileio.image_selection import evenly_spaced
from solider_mm.registry import HOOKS

__all__ = ["ParsingCheckHook", "check_label_maps"]

_MAX_NAMED = 3


@HOOKS.register_module()
class ParsingCheckHook(Hook):
    """Check a parsing run before its first iteration.

    Training is refused if it would learn nothing: no batch at all, or label maps whose
    pixels are ignored or belong to one class only. Maps without a class are counted
    and named in the log. Data that are not read by `LoadLabelMap` are not checked.

    Args:
        max_checked: Number of label maps to read, evenly spaced.
    """

    priority = "VERY_HIGH"

    def __init__(self, max_checked: int = 200) -> None:
        self.max_checked = max_checked

    def before_train(self, runner: Runner) -> None:
        """Check the training set.

        Args:
            runner: The runner.

        Raises:
            ValueError: If a check fails.
        """
        require_batches(runner)
        dataset = runner.train_dataloader.dataset
        steps = getattr(getattr(dataset, "pipeline", None), "transforms", [])
        loader = next((step for step in steps if isinstance(step, LoadLabelMap)), None)
        if loader is None:
            return
        samples = [dataset.get_data_info(index) for index in range(len(dataset))]
        tables = {Path(s["seg_map_path"]): s["label_table"] for s in samples}
        paths = evenly_spaced(list(tables), self.max_checked)
        check_label_maps(
            ((path, loader.classes(path, tables[path])) for path in paths),
            dataset.metainfo["classes"],
        )


def check_label_maps(
    label_maps: Iterable[tuple[Path, NDArray[np.uint8]]], classes: Sequence[Any]
) -> None:
    """Check that label maps have at least two classes between them.

    Args:
        label_maps: Paths with their classes (H, W), 255 where ignored.
        classes: Names of the classes.

    Raises:
        ValueError: If all maps are ignored, or hold the same single class.
    """
    found = {path: set(np.unique(labels)) - {IGNORED} for path, labels in label_maps}
    empty = [path for path, present in found.items() if not present]
    present: set[int] = set().union(*found.values())
    if len(present) < 2:
        only = "no class" if not present else f"only {classes[present.pop()]!r}"
        raise ValueError(
            f"the {len(found)} label maps that were checked have {only}, expected at "
            f"least two of {len(classes)} classes: every pixel needs the number of its "
            f"class, 0 to {len(classes) - 1}; the first map is {next(iter(found))}."
        )
    if empty:
        more = len(empty) - _MAX_NAMED
        names = ", ".join(map(str, empty[:_MAX_NAMED]))
        print_log(
            f"{len(empty)} of {len(found)} label maps that were checked have no class; "
            f"nothing is learned from them: {names}"
            f"{f' and {more} more' if more > 0 else ''}.",
            logger="current",
            level=logging.WARNING,
        )
