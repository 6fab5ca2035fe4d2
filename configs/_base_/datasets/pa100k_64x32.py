"""PA100K or its layout at 64×32, for CPUs: trained on train, picked on val, told on test."""

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
        type="solider_mm.PA100K",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="train",
        train_split="train",
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
        type="solider_mm.PA100K",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="val",
        train_split="train",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = dict(
    val_dataloader, dataset=dict(val_dataloader["dataset"], split="test")
)
val_evaluator = dict(type="solider_mm.PedestrianAttributeMetric", threshold=0.5)
test_evaluator = val_evaluator
