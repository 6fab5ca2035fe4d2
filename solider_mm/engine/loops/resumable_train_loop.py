"""An epoch loop that continues in the middle of an epoch."""

from mmengine.runner import EpochBasedTrainLoop

from solider_mm.registry import LOOPS


@LOOPS.register_module()
class ResumableTrainLoop(EpochBasedTrainLoop):
    """Train by epochs; after ``--resume``, go on with the batch that comes next.

    mmengine's loop starts the epoch anew, which would show some images twice and run
    past the planned number of iterations. This one asks ``ResumableSampler`` to leave
    out what was already used, without loading it.
    """

    _epoch: int

    def run_epoch(self) -> None:
        """Run the rest of the current epoch.

        Raises:
            TypeError: If training is resumed within an epoch and the sampler cannot
                start there.
        """
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
