"""UPerNet on a λ-Swin-Tiny, LIP, 572×384: mmseg's heads, by config only.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_parsing/upernet_solider-swin-tiny_8xb8-sgdr-150e_lip-572x384.py \
    --gpus 8 --launcher pytorch

FOLDER holds `LIP/`. Eight GPUs. Not of the reference; not yet measured.
"""

_base_ = [
    "../_base_/models/ce2p_solider-swin.py",
    "../_base_/datasets/lip_572x384.py",
    "../_base_/schedules/parsing_sgd_8xb8-sgdr-150e.py",
    "../_base_/parsing_runtime.py",
]

semantic_weight = 0.8  # λ: the reference's README, for its own head
# The authors' pretrained weights: see configs/human_parsing/README.md.
pretrained = "checkpoints/solider_swin_tiny.pth"

norm_cfg = dict(type="BN")  # `sync_bn` joins the GPUs
model = dict(
    backbone=dict(
        strides=(4, 2, 2, 2),
        drop_path_rate=0.1,
        frozen_stages=-1,
        arch="tiny",
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
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
    test_cfg=dict(
        scales=(0.5, 0.75, 1.0, 1.25, 1.5), flip=True, flip_pairs={{_base_.flip_pairs}}
    ),
)
# No edges, hence no self-correction.
custom_hooks = [dict(type="solider_mm.CounterSeedHook")]
