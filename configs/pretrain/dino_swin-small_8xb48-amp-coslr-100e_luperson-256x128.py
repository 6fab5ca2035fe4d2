"""DINO, Swin-S, the official first stage: 100 epochs, 8 GPUs × 48 images.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/dino_swin-small_8xb48-amp-coslr-100e_luperson-256x128.py \
    --gpus 8 --launcher pytorch

Hardware of the official run: 8 GPUs. Not yet measured here.
"""

_base_ = "dino_swin-tiny_8xb48-amp-coslr-100e_luperson-256x128.py"

model = dict(backbone=dict(arch="small"))
