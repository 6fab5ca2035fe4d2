"""Re-identification, nano λ-Swin, Market-1501 or its layout, 64×32, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-nano_1xb64-bf16-adamw-15e_market1501-64x32.py

FOLDER holds `bounding_box_train`, `query` and `bounding_box_test`. One CPU core, 4
minutes. On a split of 450 + 150 people: mAP / Rank-1 40.0 / 54.5 from our pretraining
on its crops, 32.8 / 45.3 from random weights (docs/downstream.md). Sizes and schedule
are ours.
"""

_base_ = [
    "../_base_/models/reid_solider-swin-nano.py",
    "../_base_/datasets/reid_64x32.py",
    "../_base_/schedules/reid_adamw_1xb64-bf16-15e.py",
]

semantic_weight = 0.2  # λ: docs/reference.md §1
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    head=dict(num_classes=751),  # identities; a smaller data set also works
)
