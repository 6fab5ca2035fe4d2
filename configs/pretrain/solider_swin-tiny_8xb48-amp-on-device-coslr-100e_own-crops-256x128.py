"""SOLIDER from scratch, Swin-T, on your own crops, augmented on the training device.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-tiny_8xb48-amp-on-device-coslr-100e_own-crops-256x128.py

The data loader only decodes images: for fast GPUs with few CPU cores. FOLDER holds
images at any depth. One GPU: add `--auto-scale-lr`. Not yet measured.
"""

_base_ = "solider_swin-tiny_8xb48-amp-coslr-100e_own-crops-256x128.py"

load, sample = _base_.train_pipeline[:2]
train_dataloader = dict(
    collate_fn=dict(_delete_=True, type="collate_view_params"),
    dataset=dict(pipeline=[load, sample, dict(type="PackViewParams")]),
)
del load, sample
