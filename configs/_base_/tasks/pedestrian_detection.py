"""Pedestrian detection: mmdet's scope and visualizer."""

_base_ = "../default_runtime.py"

default_scope = "mmdet"
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    # Images with detections: --cfg-options default_hooks.visualization.draw=True
    visualization=dict(type="DetVisualizationHook", test_out_dir="detections"),
)
visualizer = dict(type="DetLocalVisualizer")
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True)
