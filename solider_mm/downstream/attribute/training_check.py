"""Checks of data and batches before attribute training."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from solider_mm.engine.launching import require_batches
from solider_mm.registry import HOOKS

__all__ = ["AttributeCheckHook", "check_labels", "check_names"]


@HOOKS.register_module()
class AttributeCheckHook(Hook):
    """Check an attribute run before its first iteration.

    Training is refused if it would learn nothing: no batch at all, or labels that are
    the same for all images. It is also refused if the validation set has other
    attributes or another order. Attributes without positives or negatives are counted
    and named in the log.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Check the training and the validation set.

        Args:
            runner: The runner.

        Raises:
            ValueError: If a check fails.
        """
        require_batches(runner)
        dataset = runner.train_dataloader.dataset
        names = dataset.metainfo.get("classes")
        infos = map(dataset.get_data_info, range(len(dataset)))
        check_labels(infos, names)
        if runner.val_loop is not None:
            validation = runner.val_loop.dataloader.dataset.metainfo.get("classes")
            check_names(names, validation)


def check_labels(
    samples: Iterable[Mapping[str, Any]], names: Sequence[str] | None = None
) -> None:
    """Check that at least one attribute has positives and negatives.

    Args:
        samples: Samples with `gt_score` (A,).
        names: Names of the A attributes; None takes their numbers.

    Raises:
        ValueError: If all attributes are constant.
    """
    labels = np.stack([np.asarray(sample["gt_score"]) for sample in samples])  # (N, A)
    names = [str(n) for n in (names or range(labels.shape[1]))]
    share = labels.mean(axis=0)
    constant = {
        kind: [name for name, value in zip(names, share, strict=True) if value == bound]
        for kind, bound in (("positives", 0), ("negatives", 1))
    }
    count = sum(map(len, constant.values()))
    if count == len(names):
        raise ValueError(
            f"all {count} attributes of {len(labels)} training images are constant: "
            "expected positives and negatives of at least one; check the labels"
        )
    for kind, found in constant.items():
        if found:
            print_log(
                f"{len(found)} of {len(names)} attributes have no {kind} in the "
                f"training set and are not learned: {', '.join(found)}",
                logger="current",
            )


def check_names(
    training: Sequence[str] | None, validation: Sequence[str] | None
) -> None:
    """Check that training and validation set have the same attributes in one order.

    Args:
        training: Attribute names of the training set.
        validation: Attribute names of the validation set.

    Raises:
        ValueError: If the names or their order differ.
    """
    if training is None or validation is None or list(training) == list(validation):
        return
    same = set(training) == set(validation)
    difference = "the same names in another order" if same else "other names"
    raise ValueError(
        f"the training set has the attributes {', '.join(training)}, the validation "
        f"set {', '.join(validation)} ({difference}): expected equal lists; set the "
        "same classes in all datasets"
    )
