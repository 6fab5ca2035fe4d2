"""CSP, λ-Swin-Base, CityPersons, 1024×2048.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pedestrian_detection/csp_solider-swin-base_4xb2-240e_citypersons-1024x2048.py \
    --gpus 4 --launcher pytorch

FOLDER holds `citypersons/`. The reference does not say how many GPUs it used; the name
says ours, with its 2 images on each. It reports a miss rate (MR⁻², %) of 9.7 on
Reasonable and 39.4 on Heavy, presumably of the best epoch on the validation set; ours: not
yet measured.
"""

_base_ = [
    "../_base_/models/csp_solider-swin.py",
    "../_base_/datasets/citypersons_1024x2048.py",
    "../_base_/schedules/csp_adam_240e.py",
    "../_base_/detection_runtime.py",
]

semantic_weight = 1.0  # λ: docs/reference.md §7.1
# The authors' pretrained weights: see configs/pedestrian_detection/README.md.
pretrained = "checkpoints/solider_swin_base.pth"

num_gpus, images_per_gpu = 4, 2

model = dict(
    backbone=dict(
        arch="base",
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
    ),
    neck=dict(in_channels=(256, 512, 1024)),
)
train_dataloader = dict(batch_size=images_per_gpu)
default_hooks = dict(
    checkpoint=dict(interval=5, save_best="citypersons/MR_Reasonable", rule="less")
)
auto_scale_lr = dict(enable=False, base_batch_size=num_gpus * images_per_gpu)
