"""SeqNet, nano λ-Swin, one camera of PRW, at most 360×288, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-nano_1xb4-20e_prw-camera6-360x288.py

FOLDER holds `prw_camera6/` in the PRW layout. Another λ:
`--cfg-options model.backbone.semantic_weight=0.2`. One CPU core; results:
configs/person_search/README.md.
"""

_base_ = [
    "../_base_/models/seqnet_solider-swin-nano.py",
    "../_base_/datasets/prw_360x288.py",
    "../_base_/schedules/seqnet_adamw_20e.py",
]

semantic_weight = 0.6  # λ: docs/reference.md §1, §S8
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    roi_head=dict(search_head=dict(loss_oim=dict(num_persons=61, queue_size=64))),
)
data_root = "{{$SOLIDER_MM_DATA:data}}/prw_camera6"
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
