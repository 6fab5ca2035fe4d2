"""A short recipe of ours for two CPU cores: AdamW, 15 epochs, batch 16 × 4."""

_base_ = "../tasks/reid.py"

max_epochs = 15
warmup_epochs = 2

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(
    type="solider_mm.PretrainOptimWrapper",
    dtype="bfloat16",
    optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.05),
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0),
)
param_scheduler = dict(
    type="solider_mm.UnshiftedCosineLR",
    total=max_epochs,
    warmup=warmup_epochs,
    start_fraction=0.1,
    floor_fraction=0.002,
)
auto_scale_lr = dict(enable=False, base_batch_size=64)
