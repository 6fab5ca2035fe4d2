"""Re-identification: mmpretrain's scope, the best checkpoint by mAP."""

_base_ = "../default_runtime.py"

default_scope = "mmpretrain"
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    checkpoint=dict(interval=5, max_keep_ckpts=1, save_best="reid/mAP")
)
custom_hooks = [
    # Refuses runs that would learn nothing or could not be evaluated.
    dict(type="solider_mm.ReIDCheckHook"),
    dict(type="solider_mm.TrainingCurvesHook"),
]
env_cfg = dict(cudnn_benchmark=True)
randomness = dict(seed=1234)  # the official seed
# Means over the logging interval instead of the last value.
log_processor = dict(mean_pattern=r".*(loss|time|grad_norm|accuracy).*")
