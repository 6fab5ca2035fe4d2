"""Penn-Fudan pedestrians (136 + 34 street photos) at most 128 px in size, for CPUs.

SOLIDER_MM_DATA is the folder that holds `pennfudan/`, in it `train/`, `test/` and their
COCO-style `train.json`, `test.json`. Brightness, flip, scale and window are as for
CityPersons, in other sizes; sizes are (H, W).
"""

data_root = "{{$SOLIDER_MM_DATA:data}}/pennfudan/"
image_size = (128, 128)

train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="Resize", scale=image_size, keep_ratio=True),
    dict(type="solider_mm.RandomHSVBrightness", factor_range=(0.5, 2.0), prob=0.5),
    dict(type="RandomFlip", prob=0.5),
    dict(
        type="solider_mm.RandomScaleCropPaste",
        size=image_size,
        scale_range=(0.7, 1.3),
        min_width=6,
        min_area_ratio=0.5,
        min_ignore_size=8,
    ),
    dict(type="PackDetInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=image_size, keep_ratio=True),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(
        type="PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
    ),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.CityPersonsDataset",
        data_root=data_root,
        ann_file="train.json",
        data_prefix=dict(img="train/"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.CityPersonsDataset",
        data_root=data_root,
        ann_file="test.json",
        data_prefix=dict(img="test/"),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type="solider_mm.CityPersonsMetric", ann_file=data_root + "test.json"
)
test_evaluator = val_evaluator
