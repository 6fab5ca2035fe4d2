"""CE2P with self-correction, λ-Swin-Base, LIP, 572×384.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_parsing/ce2p_solider-swin-base_8xb8-sgdr-150e_lip-572x384.py \
    --gpus 8 --launcher pytorch

FOLDER holds `LIP/`. Eight GPUs. Test the average of the cycles, `self_correction_4.pth`
in the work directory. Official mIoU on LIP val 60.50;
not yet measured here.
The settings of Base are not released: these are those of Tiny.
"""

_base_ = "ce2p_solider-swin-tiny_8xb8-sgdr-150e_lip-572x384.py"

# λ: docs/reference.md §1, the official README. The released code ran with 0.0 (§H1):
# --cfg-options model.backbone.semantic_weight=0.0
semantic_weight = 0.8
model = dict(
    backbone=dict(_base_.base, semantic_weight=semantic_weight),
    decode_head=dict(
        in_channels=[128, 256, 512, 1024], skip_channels=64, edge_channels=256
    ),
)
