"""CSP, λ-Swin-Base, CityPersons, 1024×2048, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pedestrian_detection/csp_solider-swin-base_4xb2-240e_citypersons-1024x2048.py \
    --gpus 4 --launcher pytorch

FOLDER holds `citypersons/`. The number of GPUs is ours, as none is published; 2 images
on each are official. Official miss rate (MR⁻², %) 9.7 on Reasonable and 39.4 on Heavy,
presumably of the best epoch on the validation set; not yet measured here.
"""

_base_ = "csp_solider-swin-tiny_4xb3-240e_citypersons-1024x2048.py"

semantic_weight = 1.0  # λ: docs/reference.md §7.1
model = dict(
    backbone=dict(_base_.base, semantic_weight=semantic_weight),
    neck=dict(in_channels=(256, 512, 1024)),
)
train_dataloader = dict(batch_size=2)
auto_scale_lr = dict(base_batch_size=4 * 2)
