"""CSP, λ-Swin-Tiny, CityPersons, 1024×2048, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pedestrian_detection/csp_solider-swin-tiny_4xb3-240e_citypersons-1024x2048.py \
    --gpus 4 --launcher pytorch

FOLDER holds `citypersons/`. The number of GPUs is ours, as none is published; 3 images
on each are official. Official miss rate (MR⁻², %) 10.3 on Reasonable and 40.8 on Heavy,
presumably of the best epoch on the validation set; not yet measured here.
"""

_base_ = [
    "../_base_/models/csp_solider-swin.py",
    "../_base_/datasets/citypersons_1024x2048.py",
    "../_base_/schedules/csp_adam_240e.py",
]

semantic_weight = 1.0  # λ: docs/reference.md §7.1
model = dict(backbone=dict(semantic_weight=semantic_weight))
train_dataloader = dict(batch_size=3)
auto_scale_lr = dict(enable=False, base_batch_size=4 * 3)
