"""SOLIDER, Swin-T, the official second stage: 10 epochs from a DINO checkpoint.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-tiny_8xb48-amp-coslr-10e-from-dino_luperson-256x128.py \
    --gpus 8 --launcher pytorch

Hardware of the official run: 8 GPUs. Not yet measured here.
"""

_base_ = [
    "../_base_/models/solider_swin.py",
    "../_base_/datasets/multi_crop_256x128.py",
    "../_base_/schedules/pretrain_adamw_8xb48-amp-coslr-10e.py",
]

train_dataloader = dict(dataset=dict(layout="luperson"))
# The result of the first stage: student, teacher and center.
load_from = (
    "work_dirs/dino_swin-tiny_8xb48-amp-coslr-100e_luperson-256x128/epoch_100.pth"
)
