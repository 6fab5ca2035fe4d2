"""A short first stage for CPUs: bf16, high learning rate, fast teacher."""

_base_ = "../tasks/pretrain.py"

max_epochs, warmup_epochs = 10, 1
batch_size = 32  # in a short run, more steps help more than larger batches

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(
    type="PretrainOptimWrapper",
    dtype="bfloat16",
    optimizer=dict(lr=1.5e-3),
    # At one rate for all, token norms would stay near √C in so few steps
    # (deviation 58).
    paramwise_cfg=dict(last_norm_lr_mult=20.0),
)
warmup, cosine, _ = _base_.param_scheduler
param_scheduler = [
    dict(warmup, end=warmup_epochs),
    dict(
        cosine,
        eta_min=1e-5,
        begin=warmup_epochs,
        end=max_epochs,
        T_max=max_epochs - warmup_epochs,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=batch_size)
custom_hooks = [
    dict(type="CounterSeedHook"),
    dict(type="TeacherUpdateHook", momentum=0.98, end_momentum=1.0),
    dict(type="LastLayerFreezeHook", epochs=0),
    dict(type="CollapseGuardHook", action="warn", interval=10, begin=200),
    dict(type="TrainingCurvesHook"),
]
del warmup, cosine, _
