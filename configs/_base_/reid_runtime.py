"""How re-identification runs: scope, hooks, logs, checkpoints, randomness."""

default_scope = "mmpretrain"

default_hooks = dict(
    runtime_info=dict(type="RuntimeInfoHook"),
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook", interval=5, max_keep_ckpts=1, save_best="reid/mAP"
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)
custom_hooks = [dict(type="solider_mm.TrainingCurvesHook")]

# TensorBoard: add dict(type="TensorboardVisBackend") to this list.
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
randomness = dict(seed=1234)  # the reference's
# Averaged over the interval, not the last value only.
log_processor = dict(mean_pattern=r".*(loss|time|grad_norm|accuracy).*")
log_level = "INFO"
load_from = None
resume = False
