"""Attribute recognition: mmpretrain's scope, best checkpoint by mA, loss weights."""

_base_ = "../default_runtime.py"

default_scope = "mmpretrain"
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1, save_best="attribute/mA", rule="greater")
)
custom_hooks = [
    # Refuses runs that would learn nothing.
    dict(type="solider_mm.AttributeCheckHook"),
    # Weights the loss by the attribute frequencies of the training split.
    dict(type="solider_mm.AttributeFrequencyHook"),
    dict(type="solider_mm.TrainingCurvesHook"),
]
env_cfg = dict(cudnn_benchmark=True)
# Means over the logging interval instead of the last value.
log_processor = dict(mean_pattern=r".*(loss|time|grad_norm).*")
