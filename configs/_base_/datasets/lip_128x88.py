"""LIP, or synthetic pedestrians in its layout, at 128×88: for CPUs."""

_base_ = "lip_572x384.py"

crop_size = (128, 88)  # (H, W)

load, load_labels, warp, flip, edge, pack = _base_.train_pipeline
warp = dict(warp, size=crop_size)
train_pipeline = [load, load_labels, warp, flip, edge, pack]
test_pipeline = [
    _base_.test_pipeline[0],
    dict(type="solider_mm.PersonAffine", size=crop_size),
    load_labels,
    pack,
]
del load, load_labels, warp, flip, edge, pack

train_dataloader = dict(
    batch_size=16, num_workers=2, dataset=dict(pipeline=train_pipeline)
)
val_dataloader = dict(
    batch_size=16, num_workers=2, dataset=dict(pipeline=test_pipeline)
)
test_dataloader = val_dataloader
