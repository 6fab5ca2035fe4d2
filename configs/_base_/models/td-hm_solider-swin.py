"""Top-down heat maps on the λ-Swin; a config adds λ.

The last map is at 1/8 of the image, one deconvolution doubles it, a 1×1 convolution
gives one heat map for each joint. Source: docs/reference.md §9.1.
"""

_base_ = "solider-swin.py"

model = dict(
    type="TopdownPoseEstimator",
    data_preprocessor=dict(type="PoseDataPreprocessor", bgr_to_rgb=True),
    backbone=dict(strides=(4, 2, 1, 1), out_indices=(3,), drop_path_rate=0.0),
    head=dict(
        type="HeatmapHead",
        in_channels=768,
        out_channels=17,
        deconv_out_channels=(256,),
        deconv_kernel_sizes=(4,),
        loss=dict(type="KeypointMSELoss", use_target_weight=True),
    ),
    # Mean of the heat maps of image and mirror image, the latter shifted by one cell.
    test_cfg=dict(flip_test=True, flip_mode="heatmap", shift_heatmap=True),
)
