"""Drawn street scenes in CityPersons' layout: windows of 192×384 px, for CPUs.

SOLIDER_MM_DATA is the folder that holds `citypersons/`, as `tools/generate_synthetic.py --layout
citypersons` makes it, in it `annotations/{train,val_gt}.json` and
`leftImg8bit_trainvaltest/`. Brightness, flip, scale and window are as for CityPersons,
in other sizes; sizes are (H, W). Whole scenes are tested, at their own size.
"""

data_root = "{{$SOLIDER_MM_DATA:data}}/citypersons/"
image_prefix = "leftImg8bit_trainvaltest/leftImg8bit/"
window = (192, 384)
scene_size = (512, 1024)

train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="solider_mm.RandomHSVBrightness", factor_range=(0.5, 2.0), prob=0.5),
    dict(type="RandomFlip", prob=0.5),
    dict(
        type="solider_mm.RandomScaleCropPaste",
        size=window,
        scale_range=(0.6, 1.4),
        min_width=8,
        min_area_ratio=0.5,
        min_ignore_size=8,
    ),
    dict(type="PackDetInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=scene_size[::-1], keep_ratio=True),  # (W, H)
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
        ann_file="annotations/train.json",
        data_prefix=dict(img=image_prefix + "train/"),
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
        ann_file="annotations/val_gt.json",
        data_prefix=dict(img=image_prefix + "val/"),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type="solider_mm.CityPersonsMetric",
    ann_file=data_root + "annotations/val_gt.json",
)
test_evaluator = val_evaluator
