"""PA100K at 256×128: trained on 90,000 images, tested on 10,000.

The reference validates on the test split: it picks the best epoch there, and where the
learning rate follows the validation loss, that too (docs/reference.md §A1). To keep the test
split apart: `--cfg-options train_dataloader.dataset.split=train
train_dataloader.dataset.train_split=train val_dataloader.dataset.split=val`.
"""

image_size = (256, 128)  # (H, W)

resize = dict(
    type="mmpretrain.Resize",
    scale=image_size[::-1],  # (W, H)
    interpolation="bilinear",
    backend="pillow",  # smooths where it shrinks, as the reference does
)
train_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    resize,
    # Ten black pixels around, then a crop of the old size.
    dict(type="mmpretrain.RandomCrop", crop_size=image_size, padding=10, pad_val=0),
    dict(type="mmpretrain.RandomFlip", prob=0.5),
    dict(type="mmpretrain.PackInputs"),
]
test_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    resize,
    dict(type="mmpretrain.PackInputs"),
]
# Only the finished pipeline is config: changing a piece later would have no effect.
del resize

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.PA100K",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="trainval",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.PA100K",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="test",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="solider_mm.PedestrianAttributeMetric", threshold=0.5)
test_evaluator = val_evaluator
