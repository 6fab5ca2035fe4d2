"""Top-down heat maps, nano λ-Swin, LSP extended, 128×96, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_pose/td-hm_solider-swin-nano_1xb32-bf16-20e_lspet-128x96.py

FOLDER holds `lspet/` with `joints.mat` and `images/`. Photos 1 to 1600 for training,
1601 to 2000 for test: our split, since the data set has none. Two CPU cores, 7 minutes
of processor time: OKS-AP 2.7, PCK@0.2 57.6 (box) and 23.6 (torso); the mean pose has
0.0, 30.8 and 4.5.
"""

_base_ = [
    "../_base_/models/td-hm_solider-swin-nano.py",
    "../_base_/datasets/keypoints_128x96.py",
    "../_base_/schedules/td-hm_adamw_1xb32-bf16-20e.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §9.1
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    head=dict(out_channels=14, decoder={{_base_.codec}}),
)

dataset_type = "solider_mm.LSPExtendedDataset"
lspet = dict(type=dataset_type, data_root="{{$SOLIDER_MM_DATA:data}}")
train_dataloader = dict(dataset=dict(lspet, numbers=(1, 1600)))
val_dataloader = dict(dataset=dict(lspet, numbers=(1601, 2000)))
test_dataloader = val_dataloader
del lspet

# OKS-AP; PCK@0.2 of the box's longer side; PCK@0.2 of the torso's diagonal.
val_evaluator = [
    dict(type="CocoMetric", prefix="lspet"),
    dict(type="PCKAccuracy", thr=0.2, norm_item="bbox", prefix="box"),
    dict(type="solider_mm.TorsoPCK", thr=0.2),
]
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(save_best="torso/PCK"))
