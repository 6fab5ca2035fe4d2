"""mmdet's Cascade R-CNN with FPN on λ-Swin-Tiny, CityPersons, 1024×2048.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pedestrian_detection/cascade-rcnn-fpn_solider-swin-tiny_8xb2-24e_citypersons-1024x2048.py \
    --gpus 8 --launcher pytorch

FOLDER holds `citypersons/`. Eight GPUs. Not an official model: mmdet's detector and the
usual AdamW recipe for a Swin. Not yet measured.
"""

_base_ = [
    "mmdet::_base_/models/cascade-rcnn_r50_fpn.py",
    "../_base_/datasets/citypersons_1024x2048.py",
    "../_base_/tasks/pedestrian_detection.py",
]

semantic_weight = 1.0  # λ: docs/reference.md §7.1, for the official detector
max_epochs = 24

model = dict(
    backbone=dict(
        _delete_=True,
        type="solider_mm.SOLIDERSwin",
        arch="tiny",
        strides=(4, 2, 2, 2),
        out_indices=(0, 1, 2, 3),
        drop_path_rate=0.1,
        semantic_weight=semantic_weight,
        init_cfg=dict(
            type="Pretrained", checkpoint="checkpoints/solider_swin_tiny.pth"
        ),
    ),
    neck=dict(in_channels=[96, 192, 384, 768]),
    roi_head=dict(
        # The three heads of mmdet; a config can only replace the whole list.
        bbox_head=[
            dict(
                type="Shared2FCBBoxHead",
                in_channels=256,
                fc_out_channels=1024,
                roi_feat_size=7,
                num_classes=1,
                bbox_coder=dict(
                    type="DeltaXYWHBBoxCoder",
                    target_means=[0.0, 0.0, 0.0, 0.0],
                    target_stds=[0.1 / k, 0.1 / k, 0.2 / k, 0.2 / k],
                ),
                reg_class_agnostic=True,
                loss_cls=dict(
                    type="CrossEntropyLoss", use_sigmoid=False, loss_weight=1.0
                ),
                loss_bbox=dict(type="SmoothL1Loss", beta=1.0, loss_weight=1.0),
            )
            for k in (1, 2, 3)
        ]
    ),
)

train_dataloader = dict(batch_size=2)
train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(
    type="OptimWrapper",
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.05),
    paramwise_cfg=dict(
        norm_decay_mult=0.0,
        custom_keys={"relative_position_bias_table": dict(decay_mult=0.0)},
    ),
)
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(
        type="MultiStepLR",
        by_epoch=True,
        begin=0,
        end=max_epochs,
        milestones=[16, 22],
        gamma=0.1,
    ),
]
default_hooks = dict(
    checkpoint=dict(save_best="citypersons/MR_Reasonable", rule="less")
)
auto_scale_lr = dict(enable=False, base_batch_size=8 * 2)
