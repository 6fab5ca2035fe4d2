"""CE2P with self-correction, nano λ-Swin, synthetic pedestrians, 128×88, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_parsing/ce2p_solider-swin-nano_1xb16-12e_synthetic-128x88.py

FOLDER is what tools/generate_synthetic.py --layout lip has made. The backbone starts from the
weights that come with the package; from random weights: --cfg-options
model.backbone.init_cfg=None. Test `self_correction_3.pth` of the work directory, the
average of the cycles. Two CPU cores; numbers: configs/human_parsing/README.md.
"""

_base_ = [
    "../_base_/models/ce2p_solider-swin.py",
    "../_base_/datasets/lip_128x88.py",
    "../_base_/schedules/parsing_adamw_1xb16-12e.py",
    "../_base_/parsing_runtime.py",
]

semantic_weight = 0.8  # λ: the reference's README
pretrained = "embedded"

model = dict(
    backbone=dict(
        arch=dict(embed_dims=40, depths=(1, 1, 2), num_heads=(1, 2, 4)),
        window_size=4,
        strides=(4, 2, 1),
        out_indices=(0, 1, 2),
        frozen_stages=-1,
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
    ),
    decode_head=dict(
        in_channels=[40, 80, 160],
        num_classes=20,
        channels=64,
        context_channels=64,
        skip_channels=24,
        edge_channels=32,
    ),
    test_cfg=dict(flip=True, flip_pairs={{_base_.flip_pairs}}),
)
