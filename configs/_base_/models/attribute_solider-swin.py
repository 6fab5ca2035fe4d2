"""Attribute recognition on the λ-Swin: pooled last map, one linear layer.

A config adds λ (`semantic_weight`, which has no default) and the number of attributes.
Source: docs/reference.md §5.1.
"""

_base_ = "solider-swin.py"

model = dict(
    type="mmpretrain.ImageClassifier",
    data_preprocessor=dict(type="mmpretrain.ClsDataPreprocessor", to_rgb=True),
    # The official code trains the controllers here.
    backbone=dict(drop_path_rate=0.0, frozen_semantic=False),
    neck=dict(type="mmpretrain.GlobalAveragePooling"),
    head=dict(type="solider_mm.PedestrianAttributeHead", in_channels=768),
)
