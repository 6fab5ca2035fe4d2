"""A short second stage for CPUs: bf16, high learning rate, fast teacher."""

max_epochs = 5
warmup_epochs = 1
batch_size = 32  # many steps teach a short run more than large batches

train_cfg = dict(type="ResumableTrainLoop", max_epochs=max_epochs)
optim_wrapper = dict(
    type="PretrainOptimWrapper",
    constructor="PretrainOptimWrapperConstructor",
    dtype="bfloat16",
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=0.04),
    clip_grad=dict(type="per_tensor", max_norm=3.0),
    # At one rate for all, norms of tokens would stay √C in so few steps (deviation 58).
    paramwise_cfg=dict(last_norm_lr_mult=20.0),
)
param_scheduler = [
    dict(
        type="LinearLR",
        start_factor=1e-9,
        end=warmup_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        eta_min=1e-5,
        begin=warmup_epochs,
        end=max_epochs,
        T_max=max_epochs - warmup_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
custom_hooks = [
    dict(type="CounterSeedHook"),
    dict(type="TeacherUpdateHook", momentum=0.98, end_momentum=1.0),
    dict(type="LastLayerFreezeHook", epochs=0),
    dict(type="CollapseGuardHook", action="warn", interval=10, begin=200),
    dict(type="TrainingCurvesHook"),
    dict(type="SaveOnSignalHook"),
]
