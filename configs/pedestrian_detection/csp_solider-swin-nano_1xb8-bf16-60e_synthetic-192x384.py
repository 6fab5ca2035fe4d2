"""CSP, nano λ-Swin, drawn street scenes in CityPersons' layout, for a CPU.

python tools/generate_synthetic.py --layout citypersons --out data/synthetic/citypersons \
    --num-train 200
SOLIDER_MM_DATA=data/synthetic mim train solider_mm \
    configs/pedestrian_detection/csp_solider-swin-nano_1xb8-bf16-60e_synthetic-192x384.py

SOLIDER_MM_DATA is the folder that holds `citypersons/`. The backbone starts from the
weights that come with the package; random weights:
`--cfg-options model.backbone.init_cfg=None`. One CPU core; not yet measured.
"""

_base_ = [
    "../_base_/models/csp_solider-swin-nano.py",
    "../_base_/datasets/drawn-scenes_192x384.py",
    "../_base_/schedules/csp_adam_1xb8-bf16-60e.py",
    "../_base_/detection_runtime.py",
]

semantic_weight = 1.0  # λ: docs/reference.md §7.1
pretrained = "embedded"  # the weights that come with the package

model = dict(
    backbone=dict(
        semantic_weight=semantic_weight,
        init_cfg=dict(type="Pretrained", checkpoint=pretrained),
    )
)
default_hooks = dict(checkpoint=dict(save_best="citypersons/AP50", rule="greater"))
