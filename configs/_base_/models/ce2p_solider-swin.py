"""CE2P on all maps of a λ-Swin; a leaf chooses size, λ and weights.

docs/reference.md §8.1: strides 4, 2, 2, 1, so the last map is at 1/16 of the image; the
patch embedding is frozen.
"""

model = dict(
    type="solider_mm.PersonParser",
    data_preprocessor=dict(
        type="SegDataPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        size_divisor=1,  # all crops have one size
    ),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
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
        norm_cfg=dict(type="BN"),  # `sync_bn` of a leaf joins the GPUs
        dropout_ratio=0.1,
    ),
    train_cfg=dict(),
    test_cfg=dict(mode="whole"),
)
