"""SOLIDER after DINO, nano λ-Swin, on folders in the Market-1501 layout, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-nano_1xb32-bf16-coslr-5e-from-dino_market1501-64x32.py

FOLDER holds `bounding_box_train`; `--cfg-options train_dataloader.dataset.data_root=
FOLDER` does the same. Two CPU cores; results in docs/pretraining_runs.md.
"""

_base_ = [
    "../_base_/models/solider_swin-nano.py",
    "../_base_/datasets/multi_crop_64x32.py",
    "../_base_/schedules/pretrain_adamw_1xb32-bf16-coslr-10e.py",
]

max_epochs = 5

train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
warmup, cosine = _base_.param_scheduler
param_scheduler = [
    warmup,
    dict(cosine, end=max_epochs, T_max=max_epochs - _base_.warmup_epochs),
]
del warmup, cosine
train_dataloader = dict(dataset=dict(layout="market1501"))
load_from = (
    "work_dirs/dino_swin-nano_1xb32-bf16-coslr-10e_market1501-64x32/epoch_10.pth"
)
