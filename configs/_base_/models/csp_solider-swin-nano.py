"""CSP on the nano λ-Swin that the package has weights for, for CPUs.

The three maps are at 1/4, 1/8 and 1/8; the neck is an eighth, the head a quarter as
wide as the reference's. A leaf says λ and the weights.
"""

embed_dims = 40
neck_channels = 32
head_channels = 64

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
        arch=dict(embed_dims=embed_dims, depths=(1, 1, 2), num_heads=(1, 2, 4)),
        window_size=4,
        strides=(4, 2, 1),
        out_indices=(0, 1, 2),
        drop_path_rate=0.0,
    ),
    neck=dict(
        type="solider_mm.CSPNeck",
        in_channels=(embed_dims, 2 * embed_dims, 4 * embed_dims),
        in_strides=(4, 8, 8),
        out_channels=neck_channels,
    ),
    bbox_head=dict(
        type="solider_mm.CSPHead",
        in_channels=3 * neck_channels,
        feat_channels=head_channels,
        num_groups=8,
    ),
    test_cfg=dict(
        score_thr=0.01,
        nms_pre=1000,
        nms=dict(type="nms", iou_threshold=0.5),
        max_per_img=100,
    ),
)
