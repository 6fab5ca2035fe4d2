"""DINO on the λ-Swin, the official first stage before SOLIDER."""

model = dict(
    type="DINOPretrain",
    semantic_weight=0.0,  # λ of the official first stage: docs/reference.md §2.6
    data_preprocessor=dict(
        type="MultiCropPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    backbone=dict(type="SOLIDERSwin", arch="tiny", drop_path_rate=0.1),
    neck=dict(type="DINOPretrainNeck", in_channels=768, out_channels=65536),
    head=dict(type="DINOPretrainHead", out_channels=65536),
)
