"""Two global views 256×128 and eight local ones 128×64 of person images.

Official sizes and augmentations. A config names the images by `layout`
(`luperson`, `market1501`, `lspet`, `ccp`, or `folder` for your own crops), `list_file`,
`lmdb` or `shards` (tars in a folder or behind a URL; with `ShardSampler` as the sampler
few of them are open at once). SOLIDER_MM_DATA is the folder of the data set or the one
that holds it; `--cfg-options train_dataloader.dataset.data_root=FOLDER` does the same.
"""

global_size = (256, 128)  # (H, W)
local_size = (128, 64)
num_local_views = 8

# Width over height of the cropped area: 0.4 to 0.6 for these sizes, that is, the
# view's own ratio ± 20 %.
aspect_ratio = (
    0.8 * global_size[1] / global_size[0],
    1.2 * global_size[1] / global_size[0],
)

# The official radius, 0.1 to 2, is in pixels of a view 256 high; smaller views get the
# same blur relative to the person.
blur_radius = (0.1 * global_size[0] / 256, 2.0 * global_size[0] / 256)

train_pipeline = [
    # Larger JPEGs are decoded at a fraction that leaves the smallest local crop as many
    # pixels as its view has.
    dict(type="LoadPersonImage", min_size=(5 * local_size[0], 5 * local_size[1])),
    # In the official order: crop, mirror, color, gray, blur, solarize.
    dict(
        type="SampleViews",
        views=[
            dict(size=global_size, area=(0.8, 1.0), blur_prob=1.0),
            dict(size=global_size, area=(0.8, 1.0), blur_prob=0.1, solarize_prob=0.2),
            dict(size=local_size, area=(0.05, 0.8), blur_prob=0.5, num=num_local_views),
        ],
        aspect_ratio=aspect_ratio,
        flip_prob=0.5,
        jitter_prob=0.8,
        brightness=0.4,
        contrast=0.4,
        saturation=0.2,
        hue=0.1,
        gray_prob=0.2,
        blur_radius=blur_radius,
    ),
    dict(type="RenderViews"),
    dict(type="mmpretrain.PackInputs"),
]

train_dataloader = dict(
    batch_size=48,
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
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
