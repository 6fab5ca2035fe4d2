"""Attribute recognition, Swin-S, PA100K, 256×128, by the reference's recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/attribute/attribute_solider-swin-small_1xb64-plateau-30e_pa100k-256x128.py

FOLDER holds `PA100k` with `annotation.mat` and `data`.
One GPU. The reference publishes mA 86.25, its best test epoch; not yet measured here.
"""

_base_ = [
    "../_base_/models/attribute_swin.py",
    "../_base_/datasets/pa100k_256x128.py",
    "../_base_/schedules/attribute_adam_1xb64-plateau-30e.py",
    "../_base_/attribute_runtime.py",
]

semantic_weight = 0.8  # the reference's default for attributes (docs/reference.md §5.1)
# The authors' weights: links in the README of github.com/tinyvision/SOLIDER.
checkpoint = "checkpoints/solider_swin_small.pth"
num_classes = 26  # attributes
channels = 8 * 96  # of the last map

model = dict(
    backbone=dict(
        arch="small",
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=checkpoint),
    ),
    head=dict(in_channels=channels, num_classes=num_classes),
)
