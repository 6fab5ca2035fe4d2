"""Attribute recognition, Swin-B, PETA, zero-shot split, 256×192, by the reference's recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/attribute/attribute_solider-swin-base_1xb64-step-30e_peta-zs-256x192.py

FOLDER holds `PETA/zero_shot/*.json` (tools/dataset_converters/convert_attributes.py) and `PETA/images`.
One GPU. The reference publishes mA 76.43, its best test epoch; not yet measured here.
"""

_base_ = [
    "../_base_/models/attribute_swin.py",
    "../_base_/datasets/peta-zs_256x192.py",
    "../_base_/schedules/attribute_adam_1xb64-step-30e.py",
    "../_base_/attribute_runtime.py",
]

semantic_weight = 0.8  # the reference's default for attributes (docs/reference.md §5.1)
# The authors' weights: links in the README of github.com/tinyvision/SOLIDER.
checkpoint = "checkpoints/solider_swin_base.pth"
num_classes = 35  # attributes
channels = 8 * 128  # of the last map

model = dict(
    backbone=dict(
        arch="base",
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=checkpoint),
    ),
    head=dict(in_channels=channels, num_classes=num_classes),
)
optim_wrapper = dict(optimizer=dict(weight_decay=5e-4))
