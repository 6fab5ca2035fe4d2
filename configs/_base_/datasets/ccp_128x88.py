"""Clothing-co-parsing, eight coarse classes, whole photos warped to 128×88: for CPUs.

SOLIDER_MM_DATA is the folder of the data set, or the one that holds it as
`clothing-co-parsing` or `ccp`. The first 640 labeled photos train, the last 160 of
800 test: our split, since the set has none. `coarse=False` keeps the 59 labels; the
coarse ones are told in solider_mm/downstream/human_parsing/clothing_classes.py.
"""

crop_size = (128, 88)  # (H, W), like every size here
data_root = "{{$SOLIDER_MM_DATA:data}}"

meta_keys = ("img_path", "seg_map_path", "ori_shape", "img_shape", "warp_matrix")
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="solider_mm.LoadLabelMap"),
    dict(
        type="solider_mm.PersonAffine", size=crop_size, scale_std=0.25, angle_std=15.0
    ),
    dict(type="RandomFlip", prob=0.5),  # no class tells left from right
    dict(type="GenerateEdge", edge_width=3),
    dict(type="PackSegInputs", meta_keys=meta_keys),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="solider_mm.PersonAffine", size=crop_size),
    # After the warp: results are compared at the size of the photo.
    dict(type="solider_mm.LoadLabelMap"),
    dict(type="PackSegInputs", meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="solider_mm.ResumableSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.ClothingCoParsing",
        data_root=data_root,
        numbers=(1, 640),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.ClothingCoParsing",
        data_root=data_root,
        numbers=(641, 800),
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="solider_mm.ParsingMetric")
test_evaluator = val_evaluator
