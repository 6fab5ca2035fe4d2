"""CSP on the λ-Swin; a config adds λ.

The last three maps, at 1/8, 1/16 and 1/16, are brought to 1/4. The channels are those
of Tiny and Small. Source: docs/reference.md §7.1.
"""

_base_ = "solider-swin.py"

model = dict(
    type="SingleStageDetector",
    data_preprocessor=dict(
        type="DetDataPreprocessor", bgr_to_rgb=True, pad_size_divisor=16
    ),
    backbone=dict(strides=(4, 2, 2, 1), out_indices=(1, 2, 3), drop_path_rate=0.1),
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
