"""Top-down heat-maps on the nano λ-Swin that the package has weights for.

The last map is at 1/8 of the image, the heat-maps at 1/4. A leaf says λ and the joints.
"""

channels = 160  # of the last map: 4 × embed_dims

model = dict(
    type="TopdownPoseEstimator",
    data_preprocessor=dict(
        type="PoseDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch=dict(embed_dims=channels // 4, depths=(1, 1, 2), num_heads=(1, 2, 4)),
        window_size=4,
        strides=(4, 2, 1),
        out_indices=(2,),
        drop_path_rate=0.0,
    ),
    head=dict(
        type="HeatmapHead",
        in_channels=channels,
        deconv_out_channels=(64,),
        deconv_kernel_sizes=(4,),
        loss=dict(type="KeypointMSELoss", use_target_weight=True),
    ),
    # The accuracy on training crops goes through numpy, which has no bfloat16.
    train_cfg=dict(compute_acc=False),
    test_cfg=dict(flip_test=True, flip_mode="heatmap", shift_heatmap=True),
)
