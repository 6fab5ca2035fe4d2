"""The official parsing recipe: warm-up, cosine, restarts; 150 epochs.

By epoch: linear from lr / 500 over 30, cosine to lr / 500 until 120, then cycles of 10
that restart from lr / 2 (docs/reference.md §8.5). The models of these cycles are
averaged; test the last average, `self_correction_4.pth` in the work directory.
"""

_base_ = "../tasks/human_parsing.py"

num_gpus, images_per_gpu = 8, 8
max_epochs, warmup_epochs, first_cycle, cycle_epochs = 150, 30, 120, 10
lr = 7e-3
min_lr = lr / 500

train_cfg = dict(max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=lr, momentum=0.9, weight_decay=0.0),
)
param_scheduler = [
    # mmengine reaches the end value one step before `end`.
    dict(type="LinearLR", start_factor=1 / 500, begin=0, end=warmup_epochs + 1),
    dict(
        type="CosineAnnealingLR",
        eta_min=min_lr,
        begin=warmup_epochs,
        end=first_cycle,
        T_max=first_cycle - warmup_epochs,
    ),
    dict(
        type="CosineRestartLR",
        eta_min=min_lr,
        begin=first_cycle,
        end=max_epochs,
        periods=[cycle_epochs] * 3,
        restart_weights=[0.5] * 3,
    ),
]
custom_hooks = [
    dict(type="solider_mm.CounterSeedHook"),
    # Needs a head with edges.
    dict(
        type="solider_mm.SelfCorrectionHook",
        start_epoch=first_cycle,
        cycle_epochs=cycle_epochs,
    ),
]
sync_bn = "torch"
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * images_per_gpu)
