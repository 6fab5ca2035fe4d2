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
    any iteration, on every rank, draws what the uninterrupted run would have drawn.
    The order and the augmentations of images come from ``ResumableSampler`` in the
    same manner; the hook hands it the seed of a resumed run.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Give the sampler the seed of the run, which a checkpoint may have set."""
        sampler = runner.train_loop.dataloader.sampler
        if hasattr(sampler, "start_from"):
            sampler.seed = runner.seed

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: object = None
    ) -> None:
        """Seed the CPU's and all devices' generators of torch."""
        del batch_idx, data_batch
        torch.manual_seed(counter_seed(runner.seed, runner.iter, get_rank()))
