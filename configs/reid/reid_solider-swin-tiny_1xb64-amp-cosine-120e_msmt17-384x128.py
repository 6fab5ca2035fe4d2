"""Re-identification, Swin-T, MSMT17, 384×128, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-tiny_1xb64-amp-cosine-120e_msmt17-384x128.py

FOLDER holds the lists and the image folders. One GPU.
Official mAP / Rank-1 67.4 / 85.9, re-ranked 81.5 / 89.2; not yet measured here.
"""

_base_ = [
    "../_base_/models/reid_solider-swin.py",
    "../_base_/datasets/reid_384x128.py",
    "../_base_/schedules/reid_sgd_1xb64-120e.py",
]

semantic_weight = 0.2  # λ: docs/reference.md §1; paper: 0 to 0.2
num_classes = 1041  # training identities
model = dict(
    backbone=dict(semantic_weight=semantic_weight), head=dict(num_classes=num_classes)
)
train_dataloader = dict(dataset=dict(type="solider_mm.MSMT17"))
val_dataloader = dict(dataset=dict(type="solider_mm.MSMT17"))
test_dataloader = val_dataloader
