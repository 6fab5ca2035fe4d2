"""Randomness that depends on (seed, iteration, rank) alone."""

import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner

from solider_mm.functional.counter_seed import counter_seed
from solider_mm.registry import HOOKS


@HOOKS.register_module()
class CounterSeedHook(Hook):
    """Seed torch before every iteration from (seed, iteration, rank).

    λ, the masked part and drop path then need no saved random state: a run resumed at
    any iteration samples, on every rank, the same values as an uninterrupted run.
    `ResumableSampler` derives the order and the augmentations of images in the same
    way; the hook sets its seed when a run is resumed.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Set the seed of the sampler to that of the run, which may be resumed."""
        sampler = runner.train_loop.dataloader.sampler
        if hasattr(sampler, "start_from"):
            sampler.seed = runner.seed

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: object = None
    ) -> None:
        """Seed the CPU's and all devices' generators of torch."""
        del batch_idx, data_batch
        torch.manual_seed(counter_seed(runner.seed, runner.iter, get_rank()))
