"""SeqNet, λ-Swin-Small, CUHK-SYSU, one GPU × 3 images, 20 epochs, the official recipe.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-small_1xb3-20e_cuhk-sysu-1500x900.py

FOLDER holds `CUHK-SYSU/`. One GPU. Official mAP 95.46 and top-1 95.79
with a gallery of 100; not yet measured here.
"""

_base_ = "seqnet_solider-swin-tiny_1xb4-20e_cuhk-sysu-1500x900.py"

semantic_weight = 0.6  # λ: docs/reference.md §1, §S8
model = dict(backbone=dict(_base_.small, semantic_weight=semantic_weight))
train_dataloader = dict(batch_size=3)
