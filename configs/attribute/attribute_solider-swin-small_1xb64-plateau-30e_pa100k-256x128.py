"""Attribute recognition, Swin-S, PA100K, 256×128, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/attribute/attribute_solider-swin-small_1xb64-plateau-30e_pa100k-256x128.py

FOLDER holds `PA100k` with `annotation.mat` and `data`.
One GPU. Official mA of the best test epoch 86.25; not yet measured here.
"""

_base_ = "attribute_solider-swin-tiny_1xb64-plateau-30e_pa100k-256x128.py"

semantic_weight = 0.8  # λ: docs/reference.md §5.1
model = dict(backbone=dict(_base_.small, semantic_weight=semantic_weight))
