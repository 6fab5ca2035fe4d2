"""SeqNet on the nano λ-Swin, one camera of PRW, at most 360×288, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-nano_1xb4-20e_prw-camera6-360x288.py

FOLDER holds `prw_camera6/`, a set in PRW's layout.
The backbone starts from the weights that come with the package; random weights:
`--cfg-options model.backbone.init_cfg=None`. Another λ:
`--cfg-options model.backbone.semantic_weight=0.2`. One CPU core; numbers:
configs/person_search/README.md.
"""

_base_ = [
    "../_base_/models/seqnet_solider-swin-nano.py",
    "../_base_/datasets/prw_360x288.py",
    "../_base_/schedules/seqnet_adamw_20e.py",
    "../_base_/person_search_runtime.py",
]

semantic_weight = 0.6  # λ: docs/reference.md §6.6, §S8
pretrained = "embedded"  # the nano weights that come with the package

model = dict(
    backbone=dict(
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
    ),
    roi_head=dict(search_head=dict(loss_oim=dict(num_persons=61, queue_size=64))),
)
data_root = "{{$SOLIDER_MM_DATA:data}}/prw_camera6"
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
