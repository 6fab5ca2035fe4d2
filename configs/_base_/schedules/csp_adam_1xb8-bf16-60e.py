"""Adam in bf16 for one CPU, cosine after a linear warm-up, 60 epochs."""

_base_ = "../tasks/pedestrian_detection.py"

max_epochs = 60
warmup_epochs = 2
base_lr = 1e-3

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(
    type="solider_mm.PretrainOptimWrapper",  # mmengine's refuses bf16 without a GPU
    dtype="bfloat16",
    optimizer=dict(type="Adam", lr=base_lr),
    clip_grad=dict(max_norm=10.0),
)
param_scheduler = [
    dict(
        type="LinearLR",
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=warmup_epochs,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        by_epoch=True,
        begin=warmup_epochs,
        end=max_epochs,
        eta_min=base_lr * 0.01,
        convert_to_iter_based=True,
    ),
]
custom_hooks = [
    # In so few iterations the official decay, 0.999, would lag behind.
    dict(
        type="EMAHook",
        ema_type="ExponentialMovingAverage",
        momentum=1 - 0.98,
        priority="ABOVE_NORMAL",
    )
]
default_hooks = dict(checkpoint=dict(save_best="citypersons/AP50", rule="greater"))
