"""UPerNet on λ-Swin-Tiny, LIP, 572×384: heads of mmseg, by config only.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_parsing/upernet_solider-swin-tiny_8xb8-sgdr-150e_lip-572x384.py \
    --gpus 8 --launcher pytorch

FOLDER holds `LIP/`. Eight GPUs. Not an official model; not yet measured.
"""

_base_ = "ce2p_solider-swin-tiny_8xb8-sgdr-150e_lip-572x384.py"

semantic_weight = 0.8  # λ: docs/reference.md §1, for the official head
norm_cfg = dict(type="BN")  # `sync_bn` of the schedule joins the GPUs
model = dict(
    backbone=dict(
        strides=(4, 2, 2, 2),
        drop_path_rate=0.1,
        frozen_stages=-1,
        semantic_weight=semantic_weight,
    ),
    decode_head=dict(
        _delete_=True,
        type="UPerHead",
        in_channels=[96, 192, 384, 768],
        in_index=[0, 1, 2, 3],
        pool_scales=(1, 2, 3, 6),
        channels=512,
        num_classes=20,
        norm_cfg=norm_cfg,
        align_corners=True,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True),
    ),
    auxiliary_head=dict(
        type="FCNHead",
        in_channels=384,
        in_index=2,
        channels=256,
        num_convs=1,
        concat_input=False,
        num_classes=20,
        norm_cfg=norm_cfg,
        align_corners=True,
        loss_decode=dict(type="CrossEntropyLoss", avg_non_ignore=True, loss_weight=0.4),
    ),
)
# No edges, hence no self-correction.
custom_hooks = [dict(type="solider_mm.CounterSeedHook")]
