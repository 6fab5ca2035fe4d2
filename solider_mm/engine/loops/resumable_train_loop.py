"""Epoch loop that can resume within an epoch."""

from mmengine.dist import get_world_size
from mmengine.runner import EpochBasedTrainLoop

from solider_mm.registry import LOOPS

_PLAN = "epoch_plan"  # in the message hub, which checkpoints hold


@LOOPS.register_module()
class ResumableTrainLoop(EpochBasedTrainLoop):
    """Train by epochs; after `--resume`, continue with the next batch.

    mmengine's loop restarts the epoch, which would repeat images and exceed the planned
    number of iterations. This loop lets `ResumableSampler` skip the samples that were
    already used, without loading them.
    """

    _epoch: int

    def run_epoch(self) -> None:
        """Run the rest of the current epoch.

        Raises:
            TypeError: If training is resumed within an epoch and the sampler cannot
                start there.
            ValueError: If the checkpoint was written with another total batch size or
                number of iterations per epoch.
        """
        self._check_plan()
        # A checkpoint written at the last iteration of an epoch belongs to the next.
        self._epoch = max(self._epoch, self._iter // len(self.dataloader))
        if self._epoch >= self._max_epochs:
            return
        done = self._iter - self._epoch * len(self.dataloader)
        if done:
            self._skip_batches(done)
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        for batch, data_batch in enumerate(self.dataloader, start=done):
            self.run_iter(batch, data_batch)
            if self.stop_training:
                return
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1

    def _check_plan(self) -> None:
        length = len(self.dataloader)
        batch = (self.dataloader.batch_size or 1) * get_world_size()
        hub = self.runner.message_hub
        plan = {"iterations": length, "total_batch_size": batch}
        written = hub.get_info(_PLAN, plan)
        is_inside = 0 <= self._iter - self._epoch * length <= length
        if written != plan or not is_inside:
            raise ValueError(
                f"the checkpoint was written after {self._iter} iterations in epoch "
                f"{self._epoch + 1}, with {written['iterations']} iterations per epoch "
                f"and a total batch of {written['total_batch_size']}; now an epoch has "
                f"{length} iterations and the batch {batch}: resume with the same data "
                "and total batch size (batch_size × processes), or start a new run "
                "with load_from=CHECKPOINT."
            )
        hub.update_info(_PLAN, plan)

    def _skip_batches(self, done: int) -> None:
        sampler = self.dataloader.sampler
        if not hasattr(sampler, "start_from"):
            raise TypeError(
                f"{type(sampler).__name__} cannot start within an epoch (iteration "
                f"{self._iter}): use sampler=dict(type='ResumableSampler', "
                "shuffle=True), or resume from a checkpoint of a whole epoch."
            )
        sampler.start_from(done * self.dataloader.batch_size)
        self.runner.logger.info(
            f"Continue epoch {self._epoch + 1} after {done} of "
            f"{len(self.dataloader)} iterations."
        )
