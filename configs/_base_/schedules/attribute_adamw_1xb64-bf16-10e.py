"""A short recipe of ours for two CPU cores: AdamW, 10 epochs of 64, cosine to 0."""

_base_ = "../tasks/attribute.py"

max_epochs = 10
warmup_epochs = 1

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(
    type="solider_mm.PretrainOptimWrapper",
    dtype="bfloat16",
    optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.05),
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0),
)
param_scheduler = [
    dict(
        type="LinearLR",
        start_factor=0.1,
        end=warmup_epochs,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        begin=warmup_epochs,
        end=max_epochs,
        T_max=max_epochs - warmup_epochs,
        eta_min=0.0,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=64)
