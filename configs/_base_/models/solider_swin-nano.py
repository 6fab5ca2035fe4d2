"""SOLIDER on the nano λ-Swin, for two CPU cores; sizes as in dino_swin-nano.py."""

_base_ = "solider_swin.py"

model = dict(
    backbone=dict(arch="nano", drop_path_rate=0.0),
    neck=dict(
        in_channels=160, hidden_channels=512, bottleneck_channels=64, out_channels=256
    ),
    head=dict(out_channels=256, teacher_temperature=0.03, center_momentum=0.1),
    semantic_head=dict(in_channels=160),
)
