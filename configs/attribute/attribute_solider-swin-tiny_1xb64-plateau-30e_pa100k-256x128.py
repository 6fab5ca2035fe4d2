"""Attribute recognition, Swin-T, PA100K, 256×128, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/attribute/attribute_solider-swin-tiny_1xb64-plateau-30e_pa100k-256x128.py

FOLDER holds `PA100k` with `annotation.mat` and `data`.
One GPU. Official mA of the best test epoch 84.14; not yet measured here.
"""

_base_ = [
    "../_base_/models/attribute_solider-swin.py",
    "../_base_/datasets/pa100k_256x128.py",
    "../_base_/schedules/attribute_adam_1xb64-plateau-30e.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §5.1
model = dict(backbone=dict(semantic_weight=semantic_weight), head=dict(num_classes=26))
