"""SeqNet on λ-Swin-Small, PRW, one GPU × 3 images, 18 epochs.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-small_1xb3-18e_prw-1500x900.py

FOLDER holds `PRW/`. One GPU. The reference reports mAP 59.84 and top-1 86.73 with this
recipe; ours: not yet measured.
"""

_base_ = [
    "../_base_/models/seqnet_solider-swin.py",
    "../_base_/datasets/prw_1500x900.py",
    "../_base_/schedules/seqnet_sgd_20e.py",
    "../_base_/person_search_runtime.py",
]

semantic_weight = 0.6  # λ: docs/reference.md §6.6, §S8
# The authors' pretrained weights: see configs/person_search/README.md.
pretrained = "checkpoints/solider_swin_small.pth"

model = dict(
    backbone=dict(
        arch="small",
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
    ),
    roi_head=dict(search_head=dict(loss_oim=dict(num_persons=482, queue_size=500))),
)
train_dataloader = dict(batch_size=3)
train_cfg = dict(max_epochs=18)
