"""Person search: mmdet's scope and visualizer, the best checkpoint by mAP."""

_base_ = "../default_runtime.py"

default_scope = "mmdet"
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(
    checkpoint=dict(save_best="person_search/mAP", rule="greater"),
    visualization=dict(type="DetVisualizationHook", test_out_dir="detections"),
)
visualizer = dict(type="DetLocalVisualizer")
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True)
randomness = dict(seed=1)
