"""CSP on the nano λ-Swin, for CPUs.

The three maps are at 1/4, 1/8 and 1/8; the neck has an eighth, the head a quarter of
the official width.
"""

_base_ = "csp_solider-swin.py"

model = dict(
    backbone=dict(
        _base_.nano, strides=(4, 2, 1), out_indices=(0, 1, 2), drop_path_rate=0.0
    ),
    neck=dict(in_channels=(40, 80, 160), in_strides=(4, 8, 8), out_channels=32),
    bbox_head=dict(in_channels=3 * 32, feat_channels=64, num_groups=8),
)
