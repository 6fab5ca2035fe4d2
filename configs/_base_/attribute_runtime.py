"""How attribute recognition runs: scope, hooks, logs, checkpoints, randomness."""

default_scope = "mmpretrain"

default_hooks = dict(
    runtime_info=dict(type="RuntimeInfoHook"),
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook",
        interval=1,
        max_keep_ckpts=1,
        save_best="attribute/mA",
        rule="greater",
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
custom_hooks = [
    # Weights the loss by the frequencies of the training split.
    dict(type="solider_mm.AttributeFrequencyHook"),
    dict(type="solider_mm.TrainingCurvesHook"),
]

# TensorBoard: add dict(type="TensorboardVisBackend") to this list.
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
randomness = dict(seed=0)
# Averaged over the interval, not the last value only.
log_processor = dict(mean_pattern=r".*(loss|time|grad_norm).*")
log_level = "INFO"
load_from = None
resume = False
