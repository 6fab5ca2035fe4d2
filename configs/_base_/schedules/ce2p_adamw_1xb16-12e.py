"""AdamW for parsing on two CPU cores: warm-up, cosine, then two short cycles.

The shape of the official recipe (warm-up, cosine, restarts from half the rate), at a
length that a CPU can train. Sizes, rate and lengths are ours.
"""

_base_ = "../tasks/human_parsing.py"

max_epochs, warmup_epochs, first_cycle, cycle_epochs = 12, 1, 8, 2
lr = 2e-3
min_lr = lr / 100

train_cfg = dict(max_epochs=max_epochs, val_interval=4)
optim_wrapper = dict(
    optimizer=dict(type="AdamW", lr=lr, weight_decay=0.01),
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
        eta_min=min_lr,
        begin=warmup_epochs,
        end=first_cycle,
        T_max=first_cycle - warmup_epochs,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineRestartLR",
        eta_min=min_lr,
        begin=first_cycle,
        end=max_epochs,
        periods=[cycle_epochs] * 2,
        restart_weights=[0.5] * 2,
        convert_to_iter_based=True,
    ),
]
custom_hooks = [
    dict(type="solider_mm.CounterSeedHook"),
    dict(
        type="solider_mm.SelfCorrectionHook",
        start_epoch=first_cycle,
        cycle_epochs=cycle_epochs,
    ),
]
