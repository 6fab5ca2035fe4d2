"""CE2P on all maps of the λ-Swin; a config adds λ.

Strides 4, 2, 2, 1, so the last map is at 1/16 of the image; the patch embedding is
frozen. Source: docs/reference.md §8.1.
"""

_base_ = "solider-swin.py"

model = dict(
    type="solider_mm.PersonParser",
    data_preprocessor=dict(
        type="SegDataPreProcessor",
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        size_divisor=1,  # all crops have one size
    ),
    backbone=dict(
        strides=(4, 2, 2, 1),
        out_indices=(0, 1, 2, 3),
        drop_path_rate=0.0,
        frozen_stages=0,
    ),
    decode_head=dict(
        type="solider_mm.CE2PHead",
        in_channels=[96, 192, 384, 768],
        num_classes=20,
        channels=256,
        context_channels=512,
        skip_channels=48,
        edge_channels=192,
        norm_cfg=dict(type="BN"),  # `sync_bn` of the schedule joins the GPUs
        dropout_ratio=0.1,
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
