"""Re-identification, nano λ-Swin, synthetic pedestrians, 64×32, for a CPU.

python tools/generate_synthetic.py --layout market1501 --seed 1 --out FOLDER
SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/reid/reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32.py

Seed 1: the embedded weights were trained on people of seed 0, without labels. Two CPU
cores; mAP / Rank-1 82.4 / 90.5, from random weights 61.4 / 71.4 (one run each). Sizes
and schedule are ours.
"""

_base_ = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_market1501-64x32.py"

semantic_weight = 0.2  # λ: docs/reference.md §1
model = dict(
    backbone=dict(semantic_weight=semantic_weight),
    head=dict(num_classes=150),  # the default of tools/generate_synthetic.py
)
