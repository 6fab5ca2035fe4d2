"""SeqNet on the nano λ-Swin, drawn scenes, at most 360×288, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/person_search/seqnet_solider-swin-nano_1xb4-20e_synthetic-360x288.py

FOLDER holds `prw/`, drawn by `tools/generate_synthetic.py --layout prw` (40 identities).
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
    roi_head=dict(search_head=dict(loss_oim=dict(num_persons=40, queue_size=64))),
)
data_root = "{{$SOLIDER_MM_DATA:data}}/prw"
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

# Synthetic pedestrians pass several cameras.
val_evaluator = dict(protocols=("all_cameras", "cross_camera"))
test_evaluator = val_evaluator
