"""SOLIDER from scratch, Swin-T, on your own person crops: any tree of image files.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-tiny_8xb48-amp-coslr-100e_own-crops-256x128.py

FOLDER holds images at any depth. One GPU: add `--auto-scale-lr`. Not yet measured.
"""

_base_ = [
    "../_base_/models/solider_swin.py",
    "../_base_/datasets/multi_crop_256x128.py",
    "../_base_/schedules/pretrain_adamw_8xb48-amp-coslr-100e.py",
]

train_dataloader = dict(dataset=dict(layout="folder"))
