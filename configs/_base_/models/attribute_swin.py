"""Attribute recognition on the λ-Swin: pooled last map, one linear layer.

A leaf says λ (`semantic_weight`, for which there is no default), the weights to start
from and the number of attributes.
"""

channels = 768  # of the last map: 8 × embed_dims; 1024 for base

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
        arch="tiny",
        drop_path_rate=0.0,
        frozen_semantic=False,  # the reference trains the controllers here
    ),
    neck=dict(type="mmpretrain.GlobalAveragePooling"),
    head=dict(type="solider_mm.PedestrianAttributeHead", in_channels=channels),
)
