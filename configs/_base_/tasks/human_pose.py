"""Human pose: mmpose's scope and visualizer, best checkpoint by the highest score."""

_base_ = "../default_runtime.py"

default_scope = "mmpose"
# Read by MMPoseInferencer; without det_model the whole image is one person.
data_mode = "topdown"
dataset_type = "solider_mm.CheckedCocoPose"
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(checkpoint=dict(rule="greater"))
custom_hooks = [dict(type="solider_mm.PlainDatasetMetaHook")]
visualizer = dict(type="PoseLocalVisualizer")
log_processor = dict(type="LogProcessor", window_size=50, by_epoch=True)
