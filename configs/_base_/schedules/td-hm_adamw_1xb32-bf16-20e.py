"""AdamW in bf16 for one CPU, cosine after a linear warm-up, 20 epochs."""

_base_ = "../tasks/human_pose.py"

max_epochs = 20
warmup_epochs = 2

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(
    type="solider_mm.PretrainOptimWrapper",  # mmengine's refuses bf16 without a GPU
    dtype="bfloat16",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.01),
    paramwise_cfg=dict(
        custom_keys={"relative_position_bias_table": dict(decay_mult=0.0)}
    ),
)
param_scheduler = [
    dict(
        type="LinearLR",
        start_factor=0.01,
        begin=0,
        end=warmup_epochs,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        eta_min=1e-5,
        begin=warmup_epochs,
        end=max_epochs,
        T_max=max_epochs - warmup_epochs,
        convert_to_iter_based=True,
    ),
]
