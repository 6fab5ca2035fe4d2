"""DINO on the nano λ-Swin, for two CPU cores."""

_base_ = "dino_swin.py"

prototypes = 256

model = dict(
    backbone=dict(arch="nano", drop_path_rate=0.0),
    neck=dict(
        in_channels=160,
        hidden_channels=512,
        bottleneck_channels=64,
        out_channels=prototypes,
    ),
    head=dict(
        out_channels=prototypes,
        teacher_temperature=0.03,
        # In few iterations the scores drift faster than a slow center can follow.
        center_momentum=0.1,
    ),
)
