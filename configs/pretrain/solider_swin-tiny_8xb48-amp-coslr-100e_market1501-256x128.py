"""SOLIDER from scratch, Swin-T, on folders in the Market-1501 layout.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-tiny_8xb48-amp-coslr-100e_market1501-256x128.py

FOLDER holds `bounding_box_train`. One GPU: add `--auto-scale-lr`. Not yet measured.
"""

_base_ = [
    "../_base_/models/solider_swin.py",
    "../_base_/datasets/multi_crop_256x128.py",
    "../_base_/schedules/pretrain_adamw_8xb48-amp-coslr-100e.py",
]

train_dataloader = dict(dataset=dict(layout="market1501"))
