"""CE2P on the nano λ-Swin, for CPUs."""

_base_ = "ce2p_solider-swin.py"

model = dict(
    backbone=dict(
        _base_.nano, strides=(4, 2, 1), out_indices=(0, 1, 2), frozen_stages=-1
    ),
    decode_head=dict(
        in_channels=[40, 80, 160],
        channels=64,
        context_channels=64,
        skip_channels=24,
        edge_channels=32,
    ),
    test_cfg=dict(flip=True),
)
