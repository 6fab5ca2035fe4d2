"""The authors' long schedule: 100 epochs, 10 of warm-up, batch 8 × 48."""

max_epochs = 100
warmup_epochs = 10
batch_size = 8 * 48

train_cfg = dict(type="ResumableTrainLoop", max_epochs=max_epochs)
optim_wrapper = dict(
    type="PretrainAmpOptimWrapper",
    constructor="PretrainOptimWrapperConstructor",
    loss_scale="dynamic",
    optimizer=dict(type="AdamW", lr=5e-4 * batch_size / 256, weight_decay=0.04),
    clip_grad=dict(type="per_tensor", max_norm=3.0),
)
param_scheduler = [
    # mmengine multiplies from step to step, so the authors' start at 0 becomes 1e-9.
    dict(
        type="LinearLR",
        start_factor=1e-9,
        end=warmup_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(
        type="CosineAnnealingLR",
        eta_min=1e-6,
        begin=warmup_epochs,
        end=max_epochs,
        T_max=max_epochs - warmup_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
    dict(
        type="mmpretrain.CosineAnnealingWeightDecay",
        eta_min=0.4,
        end=max_epochs,
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
custom_hooks = [
    dict(type="CounterSeedHook"),
    dict(type="TeacherUpdateHook", momentum=0.996, end_momentum=1.0),
    dict(type="LastLayerFreezeHook", epochs=1),
    dict(type="CollapseGuardHook", action="warn"),
    dict(type="TrainingCurvesHook"),
    dict(type="SaveOnSignalHook"),
]
