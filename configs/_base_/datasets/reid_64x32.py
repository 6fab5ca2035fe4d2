"""Images of 64×32 in batches of 16 identities × 4: for CPUs."""

_base_ = "reid_384x128.py"

size = (64, 32)  # (H, W)

load, resize, flip, crop, pack = _base_.train_pipeline
resize = dict(resize, scale=size[::-1])
crop = dict(crop, crop_size=size, padding=2)
train_pipeline = [load, resize, flip, crop, pack]
load, resize, pack = _base_.test_pipeline
test_pipeline = [load, dict(resize, scale=size[::-1]), pack]
del load, resize, flip, crop, pack

train_dataloader = dict(num_workers=2, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=2, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
