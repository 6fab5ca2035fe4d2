"""A short second stage for CPUs: the first stage's, half as long, at a lower rate."""

_base_ = "adamw_1xb32-bf16-coslr-10e.py"

max_epochs = 5

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(end=max_epochs, T_max=max_epochs - _base_.warm_up_epochs)
