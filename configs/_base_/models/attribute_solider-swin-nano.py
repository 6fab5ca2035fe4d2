"""Attribute recognition on a λ-Swin that two CPU cores can train.

It starts from the weights that come with the package, which have seen synthetic pedestrians
only; `--cfg-options model.backbone.init_cfg=None` starts from random ones,
`model.backbone.init_cfg.checkpoint=FILE` from others. A leaf says
λ (`semantic_weight`, for which there is no default) and the number of attributes.
"""

channels = 160  # of the last map: 4 × embed_dims

model = dict(
    type="mmpretrain.ImageClassifier",
    data_preprocessor=dict(
        type="mmpretrain.ClsDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch=dict(embed_dims=channels // 4, depths=(1, 1, 2), num_heads=(1, 2, 4)),
        window_size=4,
        strides=(4, 2, 1),
        out_indices=(2,),
        drop_path_rate=0.0,
        frozen_semantic=False,
        init_cfg=dict(type="Pretrained", checkpoint="embedded"),
    ),
    neck=dict(type="mmpretrain.GlobalAveragePooling"),
    head=dict(type="solider_mm.PedestrianAttributeHead", in_channels=channels),
)
