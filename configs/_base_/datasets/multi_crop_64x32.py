"""Two global views of 64×32 and four local ones of 32×16 per image: for CPUs.

Everything but the sizes is as in multi_crop_256x128.py.
"""

_base_ = "multi_crop_256x128.py"

global_size = (64, 32)  # (H, W)
local_size = (32, 16)
num_local_views = 4
blur_radius = (0.1 * global_size[0] / 256, 2.0 * global_size[0] / 256)

load, sample, render, pack = _base_.train_pipeline
views = [
    dict(view, size=size)
    for view, size in zip(
        sample.views, (global_size, global_size, local_size), strict=True
    )
]
views[2].update(num=num_local_views)
train_pipeline = [
    dict(load, min_size=(5 * local_size[0], 5 * local_size[1])),
    dict(sample, views=views, blur_radius=blur_radius),
    render,
    pack,
]
del load, sample, render, pack, views

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    pin_memory=False,
    dataset=dict(pipeline=train_pipeline),
)
