"""Human pose: mmpose's scope and visualizer, best checkpoint by the highest score."""

_base_ = "../default_runtime.py"

default_scope = "mmpose"
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(checkpoint=dict(rule="greater"))
visualizer = dict(type="PoseLocalVisualizer", name="visualizer")
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True)
