"""CE2P with self-correction, nano λ-Swin, clothing-co-parsing, 128×88, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/human_parsing/ce2p_solider-swin-nano_1xb16-12e_ccp-128x88.py

FOLDER holds `clothing-co-parsing/`. Test `self_correction_3.pth` of the work directory,
the average of the cycles. Two CPU cores; results: configs/human_parsing/README.md.
"""

_base_ = [
    "../_base_/models/ce2p_solider-swin-nano.py",
    "../_base_/datasets/ccp_128x88.py",
    "../_base_/schedules/ce2p_adamw_1xb16-12e.py",
]

semantic_weight = 0.8  # λ: docs/reference.md §1
model = dict(
    backbone=dict(semantic_weight=semantic_weight), decode_head=dict(num_classes=8)
)
