"""Top-down heat maps, λ-Swin-Base, COCO keypoints, 384×288, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_pose/td-hm_solider-swin-base_8xb12-amp-160e_coco-384x288.py \
    --gpus 8 --launcher pytorch

FOLDER holds `coco/`. Eight GPUs. Official AP 76.6 and AR 81.5 on COCO val2017 with
detected boxes; not yet measured here.
"""

_base_ = "td-hm_solider-swin-tiny_8xb16-amp-210e_coco-384x288.py"

semantic_weight = 0.8  # λ: docs/reference.md §9.1
model = dict(
    backbone=dict(_base_.base, semantic_weight=semantic_weight),
    head=dict(in_channels=1024),
)
train_dataloader = dict(batch_size=12)
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=0.01))
auto_scale_lr = dict(base_batch_size=8 * 12)

max_epochs = 160
train_cfg = dict(max_epochs=max_epochs)
warmup, steps = _base_.param_scheduler
param_scheduler = [warmup, dict(steps, end=max_epochs, milestones=[120, 150])]
del warmup, steps
