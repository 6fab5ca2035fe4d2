"""Attribute recognition, Swin-S, PETA, zero-shot split, 256×192, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/attribute/attribute_solider-swin-small_1xb64-step-30e_peta-zs-256x192.py

FOLDER holds `PETA/images` and `PETA/zero_shot/*.json`, which
tools/dataset_converters/convert_attributes.py writes.
One GPU. Official mA of the best test epoch 76.21; not yet measured here.
"""

_base_ = "attribute_solider-swin-tiny_1xb64-step-30e_peta-zs-256x192.py"

semantic_weight = 0.8  # λ: docs/reference.md §5.1
model = dict(backbone=dict(_base_.small, semantic_weight=semantic_weight))
