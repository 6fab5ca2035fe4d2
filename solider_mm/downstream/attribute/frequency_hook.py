"""Tell the head how frequent each attribute is in the training split."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from solider_mm.engine.unwrapping import unwrap_model
from solider_mm.registry import HOOKS

__all__ = ["AttributeFrequencyHook"]


@HOOKS.register_module()
class AttributeFrequencyHook(Hook):
    """Weight the head's loss by the training data's `positive_ratio`.

    It acts before training, after a checkpoint was loaded: the data that is trained on
    decides, also where a checkpoint of other data is the start. Testing takes the
    ratios of the checkpoint.

    Source:
        docs/reference.md §5.1: r is taken over the training split.
    """

    def before_train(self, runner: Runner) -> None:
        """Set and log the ratios.

        Raises:
            ValueError: If the data set does not tell them, or not as many as the head
                has attributes.
        """
        head: Any = unwrap_model(runner.model).head
        metainfo = runner.train_dataloader.dataset.metainfo
        if metainfo.get("positive_ratio") is None:
            raise ValueError(
                "the training data set tells no positive_ratio: train on a data set of "
                "attributes, such as solider_mm.PA100K, or give the head "
                "positive_ratio and remove AttributeFrequencyHook"
            )
        ratios = list(metainfo["positive_ratio"])
        head.set_positive_ratio(ratios)
        named = zip(metainfo["classes"], ratios, strict=True)
        shares = ", ".join(f"{name} {100 * ratio:.1f}" for name, ratio in named)
        print_log(
            f"Positive images in the training split, %: {shares}", logger="current"
        )
