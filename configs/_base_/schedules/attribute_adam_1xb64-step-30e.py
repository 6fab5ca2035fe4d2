"""Adam, learning rate / 10 after epochs 10 and 15 of 30 (docs/reference.md §5.3)."""

_base_ = "../tasks/attribute.py"

optim_wrapper = dict(
    type="OptimWrapper",
    # Decay is part of the gradient (Adam, not AdamW), as in the official code.
    optimizer=dict(type="Adam", lr=1e-5, weight_decay=0.0),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [dict(type="MultiStepLR", milestones=[10, 15], gamma=0.1)]
train_cfg = dict(by_epoch=True, max_epochs=30, val_interval=1)
auto_scale_lr = dict(base_batch_size=64)
