"""CSP, nano λ-Swin, Penn-Fudan pedestrians, at most 128×128, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pedestrian_detection/csp_solider-swin-nano_1xb8-bf16-60e_pennfudan-128x128.py

FOLDER holds `pennfudan/`. One CPU core, 4 minutes: AP50 50 to 55, MR⁻² 69 to 73, at
most λ and from any weights (docs/downstream.md).
"""

_base_ = [
    "../_base_/models/csp_solider-swin-nano.py",
    "../_base_/datasets/pennfudan_128x128.py",
    "../_base_/schedules/csp_adam_1xb8-bf16-60e.py",
]

semantic_weight = 1.0  # λ: docs/reference.md §7.1
model = dict(backbone=dict(semantic_weight=semantic_weight))
