"""CUHK-SYSU, shorter side 900, longer side at most 1500.

SOLIDER_MM_DATA holds `CUHK-SYSU/` with `Image/SSM/` and `annotation/`. Source:
docs/reference.md §6.2.
"""

# Longer and shorter side at most (OpenMMLab's order); the ratio is kept.
scale = (1500, 900)

# Gallery sizes; more of them: ("TestG100", "TestG50", "TestG500", …).
protocols = ("TestG100",)

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
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.CUHKSYSUDataset",
        data_root="{{$SOLIDER_MM_DATA:data}}/CUHK-SYSU",
        split="train",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.CUHKSYSUDataset",
        data_root="{{$SOLIDER_MM_DATA:data}}/CUHK-SYSU",
        split="test",
        protocols=protocols,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="solider_mm.PersonSearchMetric", protocols=protocols)
test_evaluator = val_evaluator
