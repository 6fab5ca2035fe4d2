"""mmdet's DINO detector on λ-Swin-Tiny, the people of COCO.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pedestrian_detection/dino-4scale_solider-swin-tiny_8xb2-12e_coco-person-800x1333.py \
    --gpus 8 --launcher pytorch

FOLDER holds `coco/` with `annotations/`, `train2017/`, `val2017/`. Eight GPUs. Not an
official model: detector and schedule of mmdet (the detection transformer, unrelated to
the pretraining method of the same name). Not yet measured.
"""

_base_ = "mmdet::dino/dino-4scale_r50_8xb2-12e_coco.py"

semantic_weight = 1.0  # λ: docs/reference.md §7.1, for the official detector
data_root = "{{$SOLIDER_MM_DATA:data}}/coco/"
people = dict(classes=("person",), palette=[(220, 20, 60)])

model = dict(
    backbone=dict(
        _delete_=True,
        type="solider_mm.SOLIDERSwin",
        arch="tiny",
        strides=(4, 2, 2, 2),
        out_indices=(1, 2, 3),
        drop_path_rate=0.1,
        semantic_weight=semantic_weight,
        init_cfg=dict(
            type="Pretrained", checkpoint="checkpoints/solider_swin_tiny.pth"
        ),
    ),
    neck=dict(in_channels=[192, 384, 768]),
    bbox_head=dict(num_classes=1),
)

train_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        metainfo=people,
        filter_cfg=dict(filter_empty_gt=True, min_size=32),
    )
)
val_dataloader = dict(dataset=dict(data_root=data_root, metainfo=people))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + "annotations/instances_val2017.json")
test_evaluator = val_evaluator

# As in the other configs: checkpoints survive interruptions and diverged weights.
default_hooks = dict(
    checkpoint=dict(type="solider_mm.SafeCheckpointHook", max_keep_ckpts=2),
    non_finite_guard=dict(type="solider_mm.NonFiniteGuardHook"),
    save_on_signal=dict(type="solider_mm.SaveOnSignalHook"),
)
visualizer = dict(
    _delete_=True,
    type="DetLocalVisualizer",
    vis_backends=[dict(type="LocalVisBackend")],
)
