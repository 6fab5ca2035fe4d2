"""SeqNet with stages 1 to 3 of the λ-Swin as trunk and stage 4 as region head.

A config adds λ and, for the identity loss, `num_persons` and `queue_size`. Source:
docs/reference.md §6.1, §6.4.
"""

_base_ = "solider-swin.py"

roi_coder = dict(
    type="DeltaXYWHBBoxCoder",
    target_means=[0.0, 0.0, 0.0, 0.0],
    target_stds=[0.1, 0.1, 0.2, 0.2],
)
nms = dict(type="nms", iou_threshold=0.7)
random_sampler = dict(type="RandomSampler", pos_fraction=0.5, neg_pos_ub=-1)

model = dict(
    type="solider_mm.SeqNet",
    data_preprocessor=dict(
        type="DetDataPreprocessor", bgr_to_rgb=True, pad_size_divisor=32
    ),
    backbone=dict(drop_path_rate=0.1),
    rpn_head=dict(
        type="RPNHead",
        anchor_generator=dict(
            type="AnchorGenerator",
            scales=[2, 4, 8, 16, 32],
            ratios=[0.5, 1.0, 2.0],
            strides=[16],
        ),
        bbox_coder=dict(
            type="DeltaXYWHBBoxCoder",
            target_means=[0.0, 0.0, 0.0, 0.0],
            target_stds=[1.0, 1.0, 1.0, 1.0],
        ),
        loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=True, loss_weight=1.0),
        loss_bbox=dict(type="SmoothL1Loss", beta=1 / 9, loss_weight=1.0),
    ),
    roi_head=dict(
        type="solider_mm.SeqRoIHead",
        bbox_roi_extractor=dict(
            type="SingleRoIExtractor",
            roi_layer=dict(
                type="RoIAlign", output_size=14, sampling_ratio=2, aligned=False
            ),
            featmap_strides=[16],
        ),
        bbox_head=dict(
            type="BBoxHead",
            bbox_coder=roi_coder,
            loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=False, loss_weight=1.0),
            loss_bbox=dict(type="SmoothL1Loss", beta=1.0, loss_weight=10.0),
        ),
        search_head=dict(
            type="solider_mm.SearchBBoxHead",
            embedding=dict(type="solider_mm.NormAwareEmbedding", channels=256),
            bbox_coder=roi_coder,
            loss_cls=dict(type="CrossEntropyLoss", use_sigmoid=True, loss_weight=1.0),
            loss_bbox=dict(type="SmoothL1Loss", beta=1.0, loss_weight=1.0),
            loss_oim=dict(
                type="solider_mm.OIMLoss", momentum=0.5, scale=30.0, loss_weight=1.0
            ),
        ),
    ),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(
                type="MaxIoUAssigner",
                pos_iou_thr=0.7,
                neg_iou_thr=0.3,
                # A person always gets the nearest anchor, unless none touches it.
                min_pos_iou=0.01,
                match_low_quality=True,
            ),
            sampler=dict(random_sampler, num=256, add_gt_as_proposals=False),
            allowed_border=-1,
            pos_weight=-1,
        ),
        rpn_proposal=dict(nms_pre=12000, max_per_img=2000, nms=nms, min_bbox_size=0),
        rcnn=dict(
            assigner=dict(
                type="MaxIoUAssigner",
                pos_iou_thr=0.5,
                neg_iou_thr=0.5,
                min_pos_iou=0.5,
                match_low_quality=False,
            ),
            sampler=dict(random_sampler, num=128, add_gt_as_proposals=True),
            pos_weight=-1,
        ),
    ),
    test_cfg=dict(
        rpn=dict(nms_pre=6000, max_per_img=300, nms=nms, min_bbox_size=0),
        rcnn=dict(score_thr=0.5, nms=0.4, final_nms=0.5, max_per_img=300),
    ),
)
del roi_coder, nms, random_sampler
