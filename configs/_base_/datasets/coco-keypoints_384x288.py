"""COCO keypoints, crops of 384×288 (H×W), heat maps of 96×72 (docs/reference.md §9.2).

SOLIDER_MM_DATA is the folder that holds `coco/` with `annotations/`, `train2017/`,
`val2017/` and `person_detection_results/`.
"""

_base_ = "loaders.py"

data_root = "{{$SOLIDER_MM_DATA:data}}/coco/"

# mmpose's sizes are (W, H). σ = 2 as in the official code, though other recipes use 3
# at this size (docs/reference.md §K1).
codec = dict(type="MSRAHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=2)

train_pipeline = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="GetBBoxCenterScale", padding=1.25),
    dict(type="RandomFlip", direction="horizontal"),
    # More than 8 visible joints; the upper half in 7 of 10 cases
    # (docs/reference.md §K5).
    dict(
        type="RandomHalfBody",
        min_total_keypoints=9,
        prob=0.3,
        upper_prioritized_prob=0.7,
    ),
    # Truncated normals where the official code clips normals; a shift per sample, not
    # one for the whole run (docs/reference.md §K5).
    dict(
        type="RandomBBoxTransform",
        shift_factor=0.16,
        shift_prob=0.3,
        scale_factor=(0.5, 1.5),
        rotate_factor=80.0,
        rotate_prob=0.6,
    ),
    dict(type="TopdownAffine", input_size=codec["input_size"]),
    dict(type="GenerateTarget", encoder=codec),
    dict(type="PackPoseInputs"),
]
test_pipeline = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="GetBBoxCenterScale", padding=1.25),
    dict(type="TopdownAffine", input_size=codec["input_size"]),
    dict(type="PackPoseInputs"),
]

train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        type="solider_mm.CheckedCocoPose",
        data_root=data_root,
        ann_file="annotations/person_keypoints_train2017.json",
        data_prefix=dict(img="train2017/"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=32,
    sampler=dict(round_up=False),
    dataset=dict(
        type="solider_mm.CheckedCocoPose",
        data_root=data_root,
        ann_file="annotations/person_keypoints_val2017.json",
        # Boxes of a detector; mmpose does not put data_root before this path.
        bbox_file=data_root
        + "person_detection_results/COCO_val2017_detections_AP_H_56_person.json",
        data_prefix=dict(img="val2017/"),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

# Box score × mean of the joint scores above 0.2, then OKS-NMS at 0.9.
val_evaluator = dict(
    type="CocoMetric",
    score_mode="bbox_keypoint",
    keypoint_score_thr=0.2,
    nms_mode="oks_nms",
    nms_thr=0.9,
)
test_evaluator = val_evaluator
