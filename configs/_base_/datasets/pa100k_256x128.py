"""PA100K at 256×128: 90,000 training images, 10,000 test images."""

_base_ = "attribute_256x192.py"

image_size = (256, 128)  # (H, W)

load, resize, crop, flip, pack = _base_.train_pipeline
resize = dict(resize, scale=image_size[::-1])
train_pipeline = [load, resize, dict(crop, crop_size=image_size), flip, pack]
test_pipeline = [load, resize, pack]
del load, resize, crop, flip, pack

pa100k = dict(type="solider_mm.PA100K", data_root="{{$SOLIDER_MM_DATA:data}}")
train_dataloader = dict(dataset=dict(pa100k, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pa100k, pipeline=test_pipeline))
test_dataloader = val_dataloader
del pa100k
