"""Market-1501 with the attributes of its identities, at 64×32, for CPUs.

`bounding_box_train` is trained on; `query` and `bounding_box_test`, other people, are
validated and tested on, for there is no third split.
"""

image_size = (64, 32)  # (H, W)

resize = dict(
    type="mmpretrain.Resize",
    scale=image_size[::-1],  # (W, H)
    interpolation="bilinear",
    backend="pillow",  # smooths where it shrinks, as the reference does
)
train_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    resize,
    # The reference's ten pixels of 256, scaled down.
    dict(type="mmpretrain.RandomCrop", crop_size=image_size, padding=3, pad_val=0),
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
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.Market1501Attributes",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="train",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.Market1501Attributes",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="test",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="solider_mm.PedestrianAttributeMetric", threshold=0.5)
test_evaluator = val_evaluator
