"""DINO, nano λ-Swin, on folders in the Market-1501 layout, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/dino_swin-nano_1xb32-bf16-coslr-10e_market1501-64x32.py

FOLDER holds `bounding_box_train`; `--cfg-options train_dataloader.dataset.data_root=
FOLDER` does the same. Two CPU cores; results in docs/pretraining_runs.md.
"""

_base_ = [
    "../_base_/models/dino_swin-nano.py",
    "../_base_/datasets/multi_crop_64x32.py",
    "../_base_/schedules/pretrain_adamw_1xb32-bf16-coslr-10e.py",
]

train_dataloader = dict(dataset=dict(layout="market1501"))
