"""Frames in PRW's layout, at most 360×288, for a CPU.

SOLIDER_MM_DATA holds the folder that a leaf names.
"""

# Longer and shorter side at most (OpenMMLab's order); the ratio is kept.
scale = (360, 288)

train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadTrackAnnotations"),
    dict(type="Resize", scale=scale, keep_ratio=True),
    dict(type="RandomFlip", prob=0.5),
    dict(type="solider_mm.PackPersonSearchInputs", min_size=1.0),
]
# Boxes are read after resizing: the metric wants them as they are in the file.
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=scale, keep_ratio=True),
    dict(type="LoadTrackAnnotations"),
    dict(type="solider_mm.PackPersonSearchInputs"),
]

train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.PRWDataset",
        data_root="{{$SOLIDER_MM_DATA:data}}/prw",
        split="train",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.PRWDataset",
        data_root="{{$SOLIDER_MM_DATA:data}}/prw",
        split="test",
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="solider_mm.PersonSearchMetric")
test_evaluator = val_evaluator
