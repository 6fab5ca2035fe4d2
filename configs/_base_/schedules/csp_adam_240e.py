"""The official recipe for CSP (docs/reference.md §7.4): Adam, 240 epochs, EMA weights.

The hook averages the weights after every iteration; validation, test and checkpoints
use the average.
"""

_base_ = "../tasks/pedestrian_detection.py"

max_epochs = 240
warmup_iters = 500

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=1e-4))
param_scheduler = [
    dict(type="ConstantLR", factor=1 / 3, by_epoch=False, begin=0, end=warmup_iters),
    dict(
        type="MultiStepLR",
        by_epoch=True,
        begin=0,
        end=max_epochs,
        milestones=[110, 160],
        gamma=0.1,
    ),
]
custom_hooks = [
    # The decay is 0.999; mmengine's momentum is 1 − decay.
    dict(
        type="EMAHook",
        ema_type="ExponentialMovingAverage",
        momentum=1 - 0.999,
        priority="ABOVE_NORMAL",
    )
]
default_hooks = dict(
    checkpoint=dict(interval=5, save_best="citypersons/MR_Reasonable", rule="less")
)
