"""CSP on a λ-Swin; a leaf chooses size, λ and weights.

docs/reference.md §7.1: the last three maps, at 1/8, 1/16 and 1/16, are brought to 1/4.
The channels are those of Tiny and Small.
"""

model = dict(
    type="SingleStageDetector",
    data_preprocessor=dict(
        type="DetDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=16,
    ),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        strides=(4, 2, 2, 1),
        out_indices=(1, 2, 3),
        drop_path_rate=0.1,
    ),
    neck=dict(
        type="solider_mm.CSPNeck",
        in_channels=(192, 384, 768),
        in_strides=(8, 16, 16),
        out_channels=256,
    ),
    bbox_head=dict(type="solider_mm.CSPHead", in_channels=3 * 256, feat_channels=256),
    test_cfg=dict(
        score_thr=0.01,
        nms_pre=1000,
        nms=dict(type="nms", iou_threshold=0.5),
        max_per_img=100,
    ),
)
