"""SOLIDER on the λ-Swin, Algorithm 1 of the paper."""

model = dict(
    type="SOLIDER",
    alpha=0.5,
    semantic_weight_sampling="binary",
    mask_parts=True,
    data_preprocessor=dict(
        type="MultiCropPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    backbone=dict(type="SOLIDERSwin", arch="tiny", drop_path_rate=0.1),
    neck=dict(type="DINOPretrainNeck", in_channels=768, out_channels=65536),
    head=dict(type="DINOPretrainHead", out_channels=65536),
    target_generator=dict(type="SemanticClusterer", num_parts=3),
    semantic_head=dict(type="SemanticHead", in_channels=768, num_parts=3),
)
