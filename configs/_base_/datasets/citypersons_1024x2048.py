"""CityPersons as the official code trains and tests (docs/reference.md §7.3).

SOLIDER_MM_DATA is the folder that holds `citypersons/`, with
`annotations/anno_{train,val}.mat` and the `leftImg8bit_trainvaltest/` of Cityscapes.
Sizes are (H, W).
"""

_base_ = "loaders.py"

data_root = "{{$SOLIDER_MM_DATA:data}}/citypersons/"
image_prefix = "leftImg8bit_trainvaltest/leftImg8bit/"
image_size = (1024, 2048)

train_pipeline = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="solider_mm.RandomHSVBrightness", factor_range=(0.5, 2.0), prob=0.5),
    dict(type="RandomFlip", prob=0.5),
    dict(
        type="solider_mm.RandomScaleCropPaste",
        size=image_size,
        scale_range=(0.4, 1.5),
        min_width=16,
        min_area_ratio=0.5,
        min_ignore_size=8,
    ),
    dict(type="PackDetInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),  # the hosts' inferencers look for this name
    dict(type="Resize", scale=image_size[::-1], keep_ratio=True),  # (W, H): unchanged
    dict(type="LoadAnnotations", with_bbox=True),
    dict(
        type="PackDetInputs",
        meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
    ),
]

train_dataloader = dict(
    batch_size=3,
    dataset=dict(
        type="solider_mm.CityPersonsDataset",
        data_root=data_root,
        ann_file="annotations/anno_train.mat",
        data_prefix=dict(img=image_prefix + "train/"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    dataset=dict(
        type="solider_mm.CityPersonsDataset",
        data_root=data_root,
        ann_file="annotations/anno_val.mat",
        data_prefix=dict(img=image_prefix + "val/"),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type="solider_mm.CityPersonsMetric",
    ann_file=data_root + "annotations/anno_val.mat",
)
test_evaluator = val_evaluator
