"""Adam, lr / 10 after epochs 10 and 15, 30 epochs."""

learning_rate = 1e-5
max_epochs = 30

optim_wrapper = dict(
    type="OptimWrapper",
    # Decay is part of the gradient (Adam, not AdamW), as in the reference.
    optimizer=dict(type="Adam", lr=learning_rate, weight_decay=0.0),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [dict(type="MultiStepLR", milestones=[10, 15], gamma=0.1)]
train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=1)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=64)
