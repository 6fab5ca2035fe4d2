"""Top-down heat-maps on a λ-Swin; a leaf chooses size, λ and weights.

docs/reference.md §9.1: the last map is at 1/8 of the image, one deconvolution doubles it,
a 1×1 convolution gives one heat-map for each joint.
"""

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
        strides=(4, 2, 1, 1),
        out_indices=(3,),
        drop_path_rate=0.0,
    ),
    head=dict(
        type="HeatmapHead",
        in_channels=768,
        out_channels=17,
        deconv_out_channels=(256,),
        deconv_kernel_sizes=(4,),
        loss=dict(type="KeypointMSELoss", use_target_weight=True),
    ),
    # Mean of the heat-maps of image and mirror image, the latter shifted by one cell.
    test_cfg=dict(flip_test=True, flip_mode="heatmap", shift_heatmap=True),
)
