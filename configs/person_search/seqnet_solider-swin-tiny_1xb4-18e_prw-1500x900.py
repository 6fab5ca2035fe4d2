"""SeqNet, λ-Swin-Tiny, PRW, one GPU × 4 images, 18 epochs, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-tiny_1xb4-18e_prw-1500x900.py

FOLDER holds `PRW/`. One GPU. Official mAP 56.84 and top-1 86.78
(all cameras); not yet measured here.
"""

_base_ = [
    "../_base_/models/seqnet_solider-swin.py",
    "../_base_/datasets/prw_1500x900.py",
    "../_base_/schedules/seqnet_sgd_20e.py",
]

semantic_weight = 0.6  # λ: docs/reference.md §1, §S8
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    roi_head=dict(search_head=dict(loss_oim=dict(num_persons=482, queue_size=500))),
)
train_cfg = dict(max_epochs=18)
