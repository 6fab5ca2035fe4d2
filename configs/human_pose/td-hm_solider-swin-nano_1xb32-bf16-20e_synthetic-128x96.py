"""Top-down heat maps, nano λ-Swin, synthetic pedestrians, 128×96, for a CPU.

python tools/generate_synthetic.py --layout coco --num-train 400 \
    --out data/synthetic/coco
SOLIDER_MM_DATA=data/synthetic mim train solider_mm \
    configs/human_pose/td-hm_solider-swin-nano_1xb32-bf16-20e_synthetic-128x96.py

SOLIDER_MM_DATA is the folder that holds `coco/`, any data set in the COCO layout. Two
CPU cores. The published weights, from 16 epochs on 240 scenes of seed 1, reach PCK@0.2
90.3 (box) and 49.5 (torso) on 40 other scenes.
"""

_base_ = [
    "../_base_/models/td-hm_solider-swin-nano.py",
    "../_base_/datasets/keypoints_128x96.py",
    "../_base_/schedules/td-hm_adamw_1xb32-bf16-20e.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §9.1
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    head=dict(decoder={{_base_.codec}}),
)

# Ground-truth boxes, unlike the configs for the real COCO.
coco = dict(
    type="solider_mm.CheckedCocoPose", data_root="{{$SOLIDER_MM_DATA:data}}/coco/"
)
train_dataloader = dict(
    dataset=dict(
        coco,
        ann_file="annotations/person_keypoints_train2017.json",
        data_prefix=dict(img="train2017/"),
    )
)
val_dataloader = dict(
    dataset=dict(
        coco,
        ann_file="annotations/person_keypoints_val2017.json",
        data_prefix=dict(img="val2017/"),
    )
)
test_dataloader = val_dataloader
del coco

val_evaluator = [
    dict(type="CocoMetric"),
    dict(type="PCKAccuracy", thr=0.2, norm_item="bbox", prefix="box"),
    dict(type="solider_mm.TorsoPCK", thr=0.2),
]
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(save_best="coco/AP"))
