"""Re-identification, Swin-T, Market-1501, 384×128, by the reference's recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-tiny_1xb64-amp-cosine-120e_market1501-384x128.py

FOLDER holds `bounding_box_train`, `query` and `bounding_box_test`. One GPU.
The reference publishes mAP / Rank-1 91.6 / 96.1, re-ranked 95.3 / 96.6; not yet
measured here.
It released no command for Market-1501: the learning rate is that of its configs.
"""

_base_ = [
    "../_base_/models/reid_swin.py",
    "../_base_/datasets/reid_384x128.py",
    "../_base_/schedules/reid_sgd_1xb64-120e.py",
    "../_base_/reid_runtime.py",
]

semantic_weight = (
    0.2  # the reference's run.sh and README (docs/reference.md §1); paper: 0 to 0.2
)
# The authors' weights: links in the README of github.com/tinyvision/SOLIDER.
checkpoint = "checkpoints/solider_swin_tiny.pth"
num_classes = 751  # training identities

model = dict(
    backbone=dict(
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=checkpoint),
    ),
    head=dict(num_classes=num_classes),
)
