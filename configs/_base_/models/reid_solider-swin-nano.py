"""Re-identification on a λ-Swin that two CPU cores can train.

It starts from the weights that come with the package, which have seen synthetic pedestrians
only; `--cfg-options model.backbone.init_cfg=None` starts from random ones,
`model.backbone.init_cfg.checkpoint=FILE` from others. A leaf says
λ (`semantic_weight`, for which there is no default) and the number of identities.
"""

channels = 160  # of the last map: 4 × embed_dims

model = dict(
    type="mmpretrain.ImageClassifier",
    data_preprocessor=dict(
        type="solider_mm.PersonReIDDataPreprocessor",
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        to_rgb=True,
        erasing_probability=0.0,  # 0.5 in the reference: slows a short training down
    ),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch=dict(embed_dims=channels // 4, depths=(1, 1, 2), num_heads=(1, 2, 4)),
        window_size=4,
        strides=(4, 2, 1),
        out_indices=(2,),
        drop_path_rate=0.0,
        frozen_semantic=True,
        init_cfg=dict(type="Pretrained", checkpoint="embedded"),
    ),
    neck=dict(type="mmpretrain.GlobalAveragePooling"),
    head=dict(
        type="solider_mm.ReIDHead",
        in_channels=channels,
        loss=dict(type="mmpretrain.CrossEntropyLoss", loss_weight=1.0),
        triplet_loss=dict(
            type="solider_mm.ReIDTripletLoss",
            margin=None,
            normalize=False,
            loss_weight=1.0,
        ),
    ),
)
