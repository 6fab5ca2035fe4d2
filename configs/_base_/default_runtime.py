"""Logging, checkpoints and reproducibility that all tasks share."""

default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="solider_mm.SafeCheckpointHook", interval=1, max_keep_ckpts=2),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    non_finite_guard=dict(type="solider_mm.NonFiniteGuardHook"),
    save_on_signal=dict(type="solider_mm.SaveOnSignalHook"),
)
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
# TensorBoard: add dict(type="TensorboardVisBackend") to the list.
visualizer = dict(type="Visualizer", vis_backends=[dict(type="LocalVisBackend")])
randomness = dict(seed=0)
log_level = "INFO"
load_from = None
resume = False
