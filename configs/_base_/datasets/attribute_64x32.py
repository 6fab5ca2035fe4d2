"""Attribute recognition at 64×32, for CPUs. A data set adds its type and splits."""

_base_ = "attribute_256x192.py"

image_size = (64, 32)  # (H, W)

load, resize, crop, flip, pack = _base_.train_pipeline
resize = dict(resize, scale=image_size[::-1])
# The official ten pixels of 256, scaled down.
crop = dict(crop, crop_size=image_size, padding=3)
train_pipeline = [load, resize, crop, flip, pack]
test_pipeline = [load, resize, pack]
del load, resize, crop, flip, pack

train_dataloader = dict(
    num_workers=2, dataset=dict(split="train", pipeline=train_pipeline)
)
val_dataloader = dict(num_workers=2, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
