"""Attribute recognition, Swin-T, PETA, zero-shot split, 256×192, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/attribute/attribute_solider-swin-tiny_1xb64-step-30e_peta-zs-256x192.py

FOLDER holds `PETA/images` and `PETA/zero_shot/*.json`, which
tools/dataset_converters/convert_attributes.py writes.
One GPU. Official mA of the best test epoch 74.37; not yet measured here.
"""

_base_ = [
    "../_base_/models/attribute_solider-swin.py",
    "../_base_/datasets/peta-zs_256x192.py",
    "../_base_/schedules/attribute_adam_1xb64-step-30e.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §5.1
model = dict(backbone=dict(semantic_weight=semantic_weight), head=dict(num_classes=35))
optim_wrapper = dict(optimizer=dict(weight_decay=5e-4))
