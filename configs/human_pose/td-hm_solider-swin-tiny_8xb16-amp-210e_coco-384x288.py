"""Top-down heat maps, λ-Swin-Tiny, COCO keypoints, 384×288, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_pose/td-hm_solider-swin-tiny_8xb16-amp-210e_coco-384x288.py \
    --gpus 8 --launcher pytorch

FOLDER holds `coco/`. Eight GPUs. Official AP 74.4 and AR 79.6 on COCO val2017 with
detected boxes; not yet measured here.
"""

_base_ = [
    "../_base_/models/td-hm_solider-swin.py",
    "../_base_/datasets/coco-keypoints_384x288.py",
    "../_base_/schedules/td-hm_adamw_8xb16-amp-210e.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §9.1
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    head=dict(decoder={{_base_.codec}}),
)
train_dataloader = dict(batch_size=16)
