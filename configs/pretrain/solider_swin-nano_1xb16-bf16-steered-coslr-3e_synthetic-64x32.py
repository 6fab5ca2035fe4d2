"""SOLIDER in which λ steers, nano λ-Swin, on synthetic pedestrians, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-nano_1xb16-bf16-steered-coslr-3e_synthetic-64x32.py

FOLDER holds what `tools/generate_synthetic.py --layout market1501 --background noise`
wrote; `--cfg-options train_dataloader.dataset.data_root=FOLDER` does the same. It
starts from the nano weights of the paper's recipe, on which λ has no effect, and gave
the embedded weights (deviation 59). Two CPU cores; results in docs/pretraining_runs.md.
"""

_base_ = "solider_swin-nano_1xb32-bf16-coslr-5e-from-dino_market1501-64x32.py"

max_epochs = 3

train_cfg = dict(max_epochs=max_epochs)
# Weights that all λ share move slowly, the controller moves fast: then λ = 0 stays
# what it is, and λ = 1 does not.
optim_wrapper = dict(
    optimizer=dict(lr=3e-4),
    paramwise_cfg=dict(last_norm_lr_mult=60.0, controller_lr_mult=100.0),
)
warmup, cosine = _base_.param_scheduler
param_scheduler = [
    warmup,
    dict(cosine, end=max_epochs, T_max=max_epochs - warmup["end"]),
]
del warmup, cosine
model = dict(
    backbone=dict(init_cfg=dict(type="Pretrained", checkpoint="embedded-start")),
    dino_discount=1.0,
    label_source="start",
    target_generator=dict(min_foreground=0.25),
    semantic_head=dict(variant="directions", temperature=0.3),
)
train_dataloader = dict(batch_size=16)
auto_scale_lr = dict(base_batch_size=16)
load_from = None
