"""Adam, learning rate / 10 after five epochs without a lower validation loss."""

_base_ = "../tasks/attribute.py"

optim_wrapper = dict(
    type="OptimWrapper",
    # Decay is part of the gradient (Adam, not AdamW), as in the official code.
    optimizer=dict(type="Adam", lr=1e-5, weight_decay=0.0),
    clip_grad=dict(max_norm=10),
)
plateau = dict(type="ReduceOnPlateauLR", monitor="attribute/cross_entropy", rule="less")
param_scheduler = [dict(plateau, factor=0.1, patience=4)]
del plateau
train_cfg = dict(by_epoch=True, max_epochs=30, val_interval=1)
auto_scale_lr = dict(base_batch_size=64)
