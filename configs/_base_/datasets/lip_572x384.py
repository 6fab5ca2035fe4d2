"""LIP, 20 classes with left and right, whole images warped to 572×384.

SOLIDER_MM_DATA is the folder of the data set, or the one that holds it as `LIP` or
`lip`: `{train,val}_images/<id>.jpg`, `{train,val}_segmentations/<id>.png`,
`{train,val}_id.txt`. docs/reference.md §8.4.
"""

crop_size = (572, 384)  # (H, W)
# Left and right arm, leg and shoe swap under a mirror.
flip_pairs = [(14, 15), (16, 17), (18, 19)]
data_root = "{{$SOLIDER_MM_DATA:data}}"

meta_keys = ("img_path", "seg_map_path", "ori_shape", "img_shape", "warp_matrix")
train_pipeline = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="solider_mm.LoadLabelMap"),
    dict(
        type="solider_mm.PersonAffine", size=crop_size, scale_std=0.25, angle_std=30.0
    ),
    dict(type="RandomFlip", prob=0.5, swap_seg_labels=flip_pairs),
    dict(type="GenerateEdge", edge_width=3),
    dict(type="PackSegInputs", meta_keys=meta_keys),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),  # the hosts' inferencers look for this name
    dict(type="solider_mm.PersonAffine", size=crop_size),
    # After the warp: the metric compares at the size of the photo.
    dict(type="solider_mm.LoadLabelMap"),
    dict(type="PackSegInputs", meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="solider_mm.ResumableSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.LIPParsing",
        data_root=data_root,
        split="train",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.LIPParsing",
        data_root=data_root,
        split="val",
        test_mode=True,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="solider_mm.ParsingMetric")
test_evaluator = val_evaluator
