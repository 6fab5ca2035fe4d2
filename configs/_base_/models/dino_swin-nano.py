"""DINO on a λ-Swin that two CPU cores can train."""

prototypes = 256
channels = 160  # of the last map: 4 × embed_dims

model = dict(
    type="DINOPretrain",
    semantic_weight=0.0,
    data_preprocessor=dict(
        type="MultiCropPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    backbone=dict(
        type="SOLIDERSwin",
        arch=dict(embed_dims=channels // 4, depths=(1, 1, 2), num_heads=(1, 2, 4)),
        window_size=4,  # fits maps of 16×8 and 8×4: no work on padding
        strides=(4, 2, 1),
        out_indices=(2,),
        drop_path_rate=0.0,
    ),
    neck=dict(
        type="DINOPretrainNeck",
        in_channels=channels,
        hidden_channels=512,
        bottleneck_channels=64,
        out_channels=prototypes,
    ),
    head=dict(
        type="DINOPretrainHead",
        out_channels=prototypes,
        teacher_temperature=0.03,
        # In few iterations the scores drift faster than a slow center can follow.
        center_momentum=0.1,
    ),
)
