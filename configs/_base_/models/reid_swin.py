"""Re-identification on the λ-Swin: pooled last map, BNNeck, identities and triplets.

A leaf says λ (`semantic_weight`, for which there is no default), the weights to start
from and the number of training identities.
"""

channels = 768  # of the last map: 8 × embed_dims; 1024 for base

model = dict(
    type="mmpretrain.ImageClassifier",
    data_preprocessor=dict(
        type="solider_mm.PersonReIDDataPreprocessor",
        # Not ImageNet's, with which the weights were pretrained (docs/reference.md §R2).
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        to_rgb=True,
        erasing_probability=0.5,  # of a box of noise, in training only
    ),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch="tiny",
        drop_path_rate=0.1,
        frozen_semantic=True,  # the controllers stay as pretrained (docs/reference.md §R1)
    ),
    neck=dict(type="mmpretrain.GlobalAveragePooling"),
    head=dict(
        type="solider_mm.ReIDHead",
        in_channels=channels,
        # Label smoothing, which the reference leaves off:
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
