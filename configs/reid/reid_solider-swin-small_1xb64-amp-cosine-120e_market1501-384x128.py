"""Re-identification, Swin-S, Market-1501, 384×128, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-small_1xb64-amp-cosine-120e_market1501-384x128.py

FOLDER holds `bounding_box_train`, `query` and `bounding_box_test`. One GPU.
Official mAP / Rank-1 93.3 / 96.6, re-ranked 95.4 / 96.4; not yet measured here.
No command for Market-1501 is released: the learning rate is that of the configs.
"""

_base_ = "reid_solider-swin-tiny_1xb64-amp-cosine-120e_market1501-384x128.py"

semantic_weight = 0.2  # λ: docs/reference.md §1; paper: 0 to 0.2
model = dict(backbone=dict(_base_.small, semantic_weight=semantic_weight))
