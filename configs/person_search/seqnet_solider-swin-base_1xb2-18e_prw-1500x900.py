"""SeqNet, λ-Swin-Base, PRW, one GPU × 2 images, 18 epochs, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-base_1xb2-18e_prw-1500x900.py

FOLDER holds `PRW/`. One GPU. Official mAP 59.72 and top-1 86.83
(all cameras); not yet measured here.
"""

_base_ = "seqnet_solider-swin-tiny_1xb4-18e_prw-1500x900.py"

semantic_weight = 0.6  # λ: docs/reference.md §1, §S8
model = dict(backbone=dict(_base_.base, semantic_weight=semantic_weight))
train_dataloader = dict(batch_size=2)
