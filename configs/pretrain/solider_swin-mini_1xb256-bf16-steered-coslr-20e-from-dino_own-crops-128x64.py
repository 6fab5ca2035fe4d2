"""SOLIDER in which λ steers, after DINO, mini λ-Swin, own crops at 128×64, one GPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-mini_1xb256-bf16-steered-coslr-20e-from-dino_own-crops-128x64.py

FOLDER holds images at any depth. Deviation 59. Not yet measured.
"""

_base_ = "dino_swin-mini_1xb256-bf16-coslr-300e_own-crops-128x64.py"

max_epochs, warmup_epochs = 20, 2

train_cfg = dict(max_epochs=max_epochs)
warmup, cosine = _base_.param_scheduler
param_scheduler = [
    dict(warmup, end=warmup_epochs),
    dict(
        cosine,
        begin=warmup_epochs,
        end=max_epochs,
        T_max=max_epochs - warmup_epochs,
    ),
]
del warmup, cosine
optim_wrapper = dict(
    optimizer=dict(lr=3e-4),
    paramwise_cfg=dict(last_norm_lr_mult=60.0, controller_lr_mult=100.0),
)
model = dict(
    type="SOLIDER",
    alpha=0.5,
    dino_discount=1.0,
    label_source="start",
    target_generator=dict(type="SemanticClusterer", num_parts=3),
    semantic_head=dict(
        type="SemanticHead",
        in_channels=256,
        num_parts=3,
        variant="directions",
        temperature=0.3,
    ),
)
load_from = (
    "work_dirs/dino_swin-mini_1xb256-bf16-coslr-300e_own-crops-128x64/epoch_300.pth"
)
