"""Hook that weights the loss by the attribute frequencies of the training split."""

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

    It runs before training, after a checkpoint was loaded, so the training data
    determine the weights even if the checkpoint comes from other data. Testing uses the
    ratios of the checkpoint.

    Source:
        docs/reference.md §5.1: r is taken over the training split.
    """

    def before_train(self, runner: Runner) -> None:
        """Set and log the ratios.

        Args:
            runner: The runner.

        Raises:
            ValueError: If the dataset has no ratios, or not one per attribute of the
                head.
        """
        head: Any = unwrap_model(runner.model).head
        metainfo = runner.train_dataloader.dataset.metainfo
        if metainfo.get("positive_ratio") is None:
            raise ValueError(
                "the training dataset has no positive_ratio: train on an attribute "
                "dataset such as solider_mm.PA100K, or set positive_ratio of the head "
                "and remove AttributeFrequencyHook"
            )
        ratios = list(metainfo["positive_ratio"])
        head.set_positive_ratio(ratios)
        named = zip(metainfo["classes"], ratios, strict=True)
        shares = ", ".join(f"{name} {100 * ratio:.1f}" for name, ratio in named)
        print_log(
            f"Positive images in the training split, %: {shares}", logger="current"
        )
