"""Top-down heat maps, λ-Swin-Small, COCO keypoints, 384×288, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_pose/td-hm_solider-swin-small_8xb8-amp-210e_coco-384x288.py \
    --gpus 8 --launcher pytorch

FOLDER holds `coco/`. Eight GPUs. Official AP 76.3 and AR 81.3 on COCO val2017 with
detected boxes; not yet measured here.
"""

_base_ = "td-hm_solider-swin-tiny_8xb16-amp-210e_coco-384x288.py"

semantic_weight = 0.8  # λ: docs/reference.md §9.1
model = dict(backbone=dict(_base_.small, semantic_weight=semantic_weight))
train_dataloader = dict(batch_size=8)
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=0.01))
auto_scale_lr = dict(base_batch_size=8 * 8)
