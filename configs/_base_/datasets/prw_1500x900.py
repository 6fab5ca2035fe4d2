"""PRW, shorter side 900, longer side at most 1500.

SOLIDER_MM_DATA holds `PRW/` with `frames/`, `annotations/`, `frame_train.mat`,
`frame_test.mat` and `query_info.txt`. Source: docs/reference.md §6.2.
"""

_base_ = "loaders.py"

# Limits of the longer and the shorter side; the aspect ratio is kept.
scale = (1500, 900)

train_pipeline = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="solider_mm.LoadPersonSearchAnnotations"),
    dict(type="Resize", scale=scale, keep_ratio=True),
    dict(type="RandomFlip", prob=0.5),
    dict(type="solider_mm.PackPersonSearchInputs", min_size=1.0),
]
# Boxes are read after resizing: the metric needs them as in the file.
test_pipeline = [
    dict(type="LoadImageFromFile"),  # the hosts' inferencers look for this name
    dict(type="Resize", scale=scale, keep_ratio=True),
    dict(type="solider_mm.LoadPersonSearchAnnotations"),
    dict(type="solider_mm.PackPersonSearchInputs"),
]

train_dataloader = dict(
    batch_size=4,
    drop_last=True,
    dataset=dict(
        type="solider_mm.PRWDataset",
        data_root="{{$SOLIDER_MM_DATA:data}}/PRW",
        split="train",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    drop_last=False,
    dataset=dict(
        type="solider_mm.PRWDataset",
        data_root="{{$SOLIDER_MM_DATA:data}}/PRW",
        split="test",
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

# All cameras, as in the published numbers, and the strict cross-camera variant.
val_evaluator = dict(
    type="solider_mm.PersonSearchMetric", protocols=("all_cameras", "cross_camera")
)
test_evaluator = val_evaluator
