"""SOLIDER from scratch, Swin-T, on your own crops, augmented on the training device.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-tiny_8xb48-amp-on-device-coslr-100e_own-crops-256x128.py

The loader's processes only decode; for fast GPUs with few cores beside them. FOLDER
holds images at any depth. One GPU: add `--auto-scale-lr`. Not yet measured.
"""

_base_ = [
    "../_base_/models/solider_swin.py",
    "../_base_/datasets/multi_crop_256x128.py",
    "../_base_/schedules/adamw_8xb48-coslr-100e.py",
    "../_base_/pretrain_runtime.py",
]

load, draw = _base_.train_pipeline[:2]
train_dataloader = dict(
    collate_fn=dict(_delete_=True, type="collate_view_params"),
    dataset=dict(layout="folder", pipeline=[load, draw, dict(type="PackViewParams")]),
)
