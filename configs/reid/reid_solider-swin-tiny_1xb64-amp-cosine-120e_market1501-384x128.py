"""Re-identification, Swin-T, Market-1501, 384×128, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-tiny_1xb64-amp-cosine-120e_market1501-384x128.py

FOLDER holds `bounding_box_train`, `query` and `bounding_box_test`. One GPU.
Official mAP / Rank-1 91.6 / 96.1, re-ranked 95.3 / 96.6; not yet measured here.
No command for Market-1501 is released: the learning rate is that of the configs.
"""

_base_ = [
    "../_base_/models/reid_solider-swin.py",
    "../_base_/datasets/reid_384x128.py",
    "../_base_/schedules/reid_sgd_1xb64-120e.py",
]

semantic_weight = 0.2  # λ: docs/reference.md §1; paper: 0 to 0.2
num_classes = 751  # training identities
model = dict(
    backbone=dict(semantic_weight=semantic_weight), head=dict(num_classes=num_classes)
)
