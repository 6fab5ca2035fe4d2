"""Attribute recognition at 256×192 as the official code does it.

A data set adds its type and splits. The official code validates on the test split: it
picks the best epoch there, and where the learning rate follows the validation loss,
that too (docs/reference.md §A1). To keep the test split apart:
`--cfg-options train_dataloader.dataset.split=train val_dataloader.dataset.split=val`;
for PA100K also `train_dataloader.dataset.train_split=train`.
"""

image_size = (256, 192)  # (H, W)

train_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    dict(
        type="mmpretrain.Resize",
        scale=image_size[::-1],  # (W, H)
        interpolation="bilinear",
        backend="pillow",  # filters when it shrinks, as the official code does
    ),
    # Ten black pixels around, then a crop of the old size.
    dict(type="mmpretrain.RandomCrop", crop_size=image_size, padding=10, pad_val=0),
    dict(type="mmpretrain.RandomFlip", prob=0.5),
    dict(type="mmpretrain.PackInputs"),
]
load, resize, _, _, pack = train_pipeline
test_pipeline = [load, resize, pack]
# Only the pipelines are config: changing a step later would have no effect.
del load, resize, pack, _

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(split="trainval", pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(split="test", pipeline=test_pipeline, test_mode=True),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="solider_mm.PedestrianAttributeMetric", threshold=0.5)
test_evaluator = val_evaluator
