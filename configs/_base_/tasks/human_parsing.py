"""Human parsing: mmseg's scope and loops, a visualizer with a legend."""

_base_ = "../default_runtime.py"

default_scope = "mmseg"
train_cfg = dict(type="solider_mm.ResumableTrainLoop")
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(
    visualization=dict(type="SegVisualizationHook"),
    # Refuses runs that would learn nothing.
    data_check=dict(type="solider_mm.ParsingCheckHook"),
)
visualizer = dict(type="solider_mm.ParsingVisualizer", alpha=0.6)
optim_wrapper = dict(type="OptimWrapper")
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True)
