"""Re-identification on the λ-Swin: pooled last map, BNNeck, ID and triplet losses.

A config adds λ (`semantic_weight`, which has no default) and the number of training
identities. Source: docs/reference.md §4.1, §4.2.
"""

_base_ = "solider-swin.py"

model = dict(
    type="solider_mm.ReIDModel",
    data_preprocessor=dict(
        type="solider_mm.PersonReIDDataPreprocessor",
        # Not ImageNet's, which pretraining used (docs/reference.md §R2).
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        to_rgb=True,
        erasing_probability=0.5,  # of a box of noise, in training only
    ),
    # The controllers stay as pretrained (docs/reference.md §R1).
    backbone=dict(drop_path_rate=0.1, frozen_semantic=True),
    neck=dict(type="mmpretrain.GlobalAveragePooling"),
    head=dict(
        type="solider_mm.ReIDHead",
        in_channels=768,
        # Label smoothing, off in the official recipe:
        # loss=dict(type="mmpretrain.LabelSmoothLoss", label_smooth_val=0.1)
        loss=dict(type="mmpretrain.CrossEntropyLoss", loss_weight=1.0),
        # margin=None is the soft margin; a number is the hinge.
        triplet_loss=dict(
            type="solider_mm.ReIDTripletLoss",
            margin=None,
            normalize=False,
            loss_weight=1.0,
        ),
    ),
)
