"""Top-down heat-maps, nano λ-Swin, synthetic pedestrians in COCO's layout, 128×96, for a CPU.

python tools/generate_synthetic.py --layout coco --out data/synthetic/coco --num-train 400
SOLIDER_MM_DATA=data/synthetic mim train solider_mm \
    configs/human_pose/td-hm_solider-swin-nano_1xb32-bf16-20e_synthetic-128x96.py

Any set in COCO's layout will do: SOLIDER_MM_DATA is the folder that holds `coco/`. The
backbone starts from the weights that come with the package; random weights:
`--cfg-options model.backbone.init_cfg=None`. Two CPU cores; not yet measured.
"""

_base_ = [
    "../_base_/models/td-hm_solider-swin-nano.py",
    "../_base_/datasets/keypoints_128x96.py",
    "../_base_/schedules/adamw_1xb32-bf16-coslr-20e.py",
    "../_base_/pose_runtime.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §9.1
pretrained = "embedded"  # the weights that come with the package

model = dict(
    backbone=dict(
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
    ),
    head=dict(out_channels=17, decoder={{_base_.codec}}),
)

data_root = "{{$SOLIDER_MM_DATA:data}}/coco/"
train_dataloader = dict(
    dataset=dict(
        type="solider_mm.CheckedCocoPose",
        data_root=data_root,
        ann_file="annotations/person_keypoints_train2017.json",
        data_prefix=dict(img="train2017/"),
    )
)
# The true boxes, unlike the leaves for real COCO.
val_dataloader = dict(
    dataset=dict(
        type="solider_mm.CheckedCocoPose",
        data_root=data_root,
        ann_file="annotations/person_keypoints_val2017.json",
        data_prefix=dict(img="val2017/"),
    )
)
test_dataloader = val_dataloader

val_evaluator = [
    dict(type="CocoMetric"),
    dict(type="PCKAccuracy", thr=0.2, norm_item="bbox", prefix="box"),
    dict(type="solider_mm.TorsoPCK", thr=0.2),
]
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(save_best="coco/AP"))
