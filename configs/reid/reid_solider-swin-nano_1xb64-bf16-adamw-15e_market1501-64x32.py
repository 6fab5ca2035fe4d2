"""Re-identification, nano λ-Swin, Market-1501 or its layout, 64×32, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-nano_1xb64-bf16-adamw-15e_market1501-64x32.py

FOLDER holds `bounding_box_train`, `query` and `bounding_box_test`. One CPU core, 4
minutes; on a split of 450 + 150 people, from a pretraining of ours on its crops, mAP /
Rank-1 40.0 / 54.5, from random weights 32.8 / 45.3 (docs/downstream.md). Sizes and
schedule are ours, not the reference's.
"""

_base_ = [
    "../_base_/models/reid_solider-swin-nano.py",
    "../_base_/datasets/reid_64x32.py",
    "../_base_/schedules/reid_adamw_1xb64-bf16-15e.py",
    "../_base_/reid_runtime.py",
]

semantic_weight = 0.2  # the reference's (docs/reference.md §1)
num_classes = 751  # training identities; fewer in FOLDER do no harm

model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    head=dict(num_classes=num_classes),
)
