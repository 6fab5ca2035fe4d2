"""The official long schedule: 100 epochs, 10 of warm-up, 8 GPUs × 48 images."""

_base_ = "../tasks/pretrain.py"

max_epochs, warmup_epochs = 100, 10
batch_size = 8 * 48

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(
    type="PretrainAmpOptimWrapper",
    loss_scale="dynamic",
    optimizer=dict(lr=5e-4 * batch_size / 256),
)
warmup, cosine, decay = _base_.param_scheduler
param_scheduler = [
    dict(warmup, end=warmup_epochs),
    dict(cosine, begin=warmup_epochs, end=max_epochs, T_max=max_epochs - warmup_epochs),
    dict(decay, end=max_epochs, T_max=max_epochs),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
del warmup, cosine, decay
