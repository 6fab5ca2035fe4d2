"""SeqNet, nano λ-Swin, synthetic scenes, at most 360×288, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-nano_1xb4-20e_synthetic-360x288.py

FOLDER holds `prw/`, which `tools/generate_synthetic.py --layout prw` writes (40
identities). One CPU core; results: configs/person_search/README.md.
"""

_base_ = "seqnet_solider-swin-nano_1xb4-20e_prw-camera6-360x288.py"

semantic_weight = 0.6  # λ: docs/reference.md §1, §S8
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    roi_head=dict(search_head=dict(loss_oim=dict(num_persons=40))),
)
data_root = "{{$SOLIDER_MM_DATA:data}}/prw"
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

# Synthetic pedestrians pass several cameras.
val_evaluator = dict(protocols=("all_cameras", "cross_camera"))
test_evaluator = val_evaluator
