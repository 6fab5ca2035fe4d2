"""Pretraining: AdamW with per-tensor clipping, warm-up and cosine, teacher updates.

The official optimizer and hooks (docs/reference.md §2.6). A schedule adds the number of
epochs, the batch size and the learning rate.
"""

_base_ = "../default_runtime.py"

default_scope = "solider_mm"
default_hooks = dict(
    runtime_info=dict(type="DeferredInfoHook"), checkpoint=dict(max_keep_ckpts=3)
)
env_cfg = dict(cudnn_benchmark=True)
log_processor = dict(
    # Means over the logging interval instead of the last value.
    mean_pattern=r".*(loss|time|grad_norm|entropy|fraction|balance|feature_std).*",
)
train_cfg = dict(type="ResumableTrainLoop")
optim_wrapper = dict(
    constructor="PretrainOptimWrapperConstructor",
    optimizer=dict(type="AdamW", weight_decay=0.04),
    clip_grad=dict(type="per_tensor", max_norm=3.0),
)
param_scheduler = [
    # mmengine multiplies from step to step: the official start at 0 becomes 1e-9.
    dict(type="LinearLR", start_factor=1e-9, by_epoch=True, convert_to_iter_based=True),
    dict(
        type="CosineAnnealingLR",
        eta_min=1e-6,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    # From 0.04 to 0.4.
    dict(
        type="mmpretrain.CosineAnnealingWeightDecay",
        eta_min=0.4,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
custom_hooks = [
    dict(type="CounterSeedHook"),
    dict(type="TeacherUpdateHook", momentum=0.996, end_momentum=1.0),
    dict(type="LastLayerFreezeHook", epochs=1),
    dict(type="CollapseGuardHook", action="warn"),
    dict(type="TrainingCurvesHook"),
]
