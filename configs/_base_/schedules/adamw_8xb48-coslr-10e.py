"""The authors' second stage: 10 epochs from a DINO checkpoint, batch 8 × 48."""

_base_ = "adamw_8xb48-coslr-100e.py"

max_epochs = 10
warm_up_epochs = 1

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=5e-5 * _base_.batch_size / 256))
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=warm_up_epochs)
param_scheduler[1].update(
    begin=warm_up_epochs, end=max_epochs, T_max=max_epochs - warm_up_epochs
)
param_scheduler[2].update(end=max_epochs, T_max=max_epochs)
