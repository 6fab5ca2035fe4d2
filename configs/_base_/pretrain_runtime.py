"""How pretraining runs: scope, hooks, logs, checkpoints, randomness."""

default_scope = "solider_mm"

default_hooks = dict(
    runtime_info=dict(type="DeferredInfoHook"),
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="CheckpointHook", interval=1, max_keep_ckpts=3),
    sampler_seed=dict(type="DistSamplerSeedHook"),
)

# TensorBoard: add dict(type="TensorboardVisBackend") to this list.
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
randomness = dict(seed=0)
log_processor = dict(
    # Averaged over the interval, not the last value only.
    mean_pattern=r".*(loss|time|grad_norm|entropy|fraction|balance|feature_std).*",
)
log_level = "INFO"
load_from = None
resume = False
