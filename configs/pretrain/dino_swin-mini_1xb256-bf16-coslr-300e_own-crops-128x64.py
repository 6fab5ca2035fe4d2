"""DINO, mini λ-Swin (5 M parameters), on your own crops at 128×64, for one GPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/dino_swin-mini_1xb256-bf16-coslr-300e_own-crops-128x64.py

FOLDER holds images at any depth. Not yet measured at this length.
"""

_base_ = [
    "../_base_/models/dino_swin-nano.py",
    "../_base_/datasets/multi_crop_64x32.py",
    "../_base_/schedules/pretrain_adamw_1xb32-bf16-coslr-10e.py",
]

max_epochs, warmup_epochs = 300, 15
global_size, local_size = (128, 64), (64, 32)

model = dict(
    backbone=dict(arch="mini", drop_path_rate=0.05),
    neck=dict(in_channels=256, hidden_channels=1024, out_channels=4096),
    head=dict(out_channels=4096, teacher_temperature=0.04, center_momentum=0.9),
)
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
load, sample, render, pack = _base_.train_pipeline
views = [
    dict(view, size=size)
    for view, size in zip(
        sample["views"], (global_size, global_size, local_size), strict=True
    )
]
views[2].update(num=6)
train_pipeline = [
    dict(load, min_size=(5 * local_size[0], 5 * local_size[1])),
    dict(sample, views=views, blur_radius=(0.05, 1.0)),
    render,
    pack,
]
del warmup, cosine, load, sample, render, pack, views
train_dataloader = dict(
    batch_size=256,
    num_workers=14,
    pin_memory=True,
    dataset=dict(layout="folder", pipeline=train_pipeline),
)
auto_scale_lr = dict(base_batch_size=256)
