"""Two global views 64×32 and four local ones 32×16 of person images: for CPUs.

The authors' augmentations at sizes that two CPU cores can train. A leaf names the
images it uses by `layout` (`luperson`, `market1501`, `lspet`, `ccp`, or `folder` for
your own crops), `list_file`, `lmdb` or `shards` (tars in a folder or behind a URL; with
`ShardSampler` as the sampler few of them are open at once). SOLIDER_MM_DATA is the
folder of the data set or the one that holds it;
`--cfg-options train_dataloader.dataset.data_root=FOLDER` does the same.
"""

global_size = (64, 32)  # (H, W), like every size here
local_size = (32, 16)
num_local_views = 4

# Width over height of the cropped area: 0.4 to 0.6 for these sizes, that is, the
# view's own ratio ± 20 %. mmpretrain's `scale` is (H, W), its ratio is W / H.
aspect_ratio = (
    0.8 * global_size[1] / global_size[0],
    1.2 * global_size[1] / global_size[0],
)

# Pillow's bicubic filter smooths where it shrinks; OpenCV's leaves aliases.
global_crop = dict(
    type="mmpretrain.RandomResizedCrop",
    scale=global_size,
    crop_ratio_range=(0.8, 1.0),
    aspect_ratio_range=aspect_ratio,
    interpolation="bicubic",
    backend="pillow",
)
local_crop = dict(
    type="mmpretrain.RandomResizedCrop",
    scale=local_size,
    crop_ratio_range=(0.05, 0.8),
    aspect_ratio_range=aspect_ratio,
    interpolation="bicubic",
    backend="pillow",
)
flip_and_colour = [
    dict(type="RandomFlip", prob=0.5),
    dict(
        type="RandomApply",
        transforms=[
            dict(
                type="mmpretrain.ColorJitter",
                brightness=0.4,
                contrast=0.4,
                saturation=0.2,
                hue=0.1,
                backend="cv2",
            )
        ],
        prob=0.8,
    ),
    # Luminance weights in channel order: blue, green, red.
    dict(
        type="RandomGrayscale",
        prob=0.2,
        keep_channels=True,
        channel_weights=(0.114, 0.587, 0.299),
    ),
]
# The authors' radius, 0.1 to 2, is in pixels of a view 256 high; smaller views get the
# same blur in relation to the person. magnitude_std="inf" draws it uniformly each time.
blur_radius = (0.1 * global_size[0] / 256, 2.0 * global_size[0] / 256)
blur = dict(
    type="mmpretrain.GaussianBlur", magnitude_range=blur_radius, magnitude_std="inf"
)
solarize = dict(type="mmpretrain.Solarize", thr=128, prob=0.2)

train_pipeline = [
    dict(type="LoadPersonImage"),
    dict(
        type="mmpretrain.MultiView",
        num_views=[1, 1, num_local_views],
        transforms=[
            [global_crop, *flip_and_colour, dict(blur, prob=1.0)],
            [global_crop, *flip_and_colour, dict(blur, prob=0.1), solarize],
            [local_crop, *flip_and_colour, dict(blur, prob=0.5)],
        ],
    ),
    dict(type="mmpretrain.PackInputs"),
]
# Only the finished pipeline is config: changing a piece later would have no effect.
del global_crop, local_crop, flip_and_colour, blur, solarize

train_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="ResumableSampler", shuffle=True),
    dataset=dict(
        type="PersonImages",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        layout="folder",
        pipeline=train_pipeline,
    ),
)
