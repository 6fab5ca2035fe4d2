"""Images of 384×128 in batches of 16 identities × 4 (docs/reference.md §4.3).

Market-1501, or another set by the `type` of the three data sets (MSMT17, PersonFolder).
SOLIDER_MM_DATA is the folder of the data set or the one that holds it;
`--cfg-options DATALOADER.dataset.data_root=FOLDER` does the same for one of
train_dataloader, val_dataloader and test_dataloader.
"""

size = (384, 128)  # (H, W)
num_identities = 16  # P and K of a batch
num_instances = 4

train_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    # Pillow filters when it shrinks; OpenCV leaves aliases.
    dict(
        type="mmpretrain.Resize",
        scale=size[::-1],
        interpolation="bicubic",
        backend="pillow",
    ),
    dict(type="mmpretrain.RandomFlip", prob=0.5, direction="horizontal"),
    dict(type="mmpretrain.RandomCrop", crop_size=size, padding=10),
    # Erasing follows the normalization: see the data preprocessor.
    dict(
        type="mmpretrain.PackInputs", meta_keys=("img_path", "person_id", "camera_id")
    ),
]
test_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    # Bilinear, although training is bicubic (docs/reference.md §R8).
    dict(
        type="mmpretrain.Resize",
        scale=size[::-1],
        interpolation="bilinear",
        backend="pillow",
    ),
    dict(
        type="mmpretrain.PackInputs",
        meta_keys=("img_path", "person_id", "camera_id", "is_query"),
    ),
]

train_dataloader = dict(
    batch_size=num_identities * num_instances,
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(
        type="solider_mm.IdentitySampler",
        num_identities=num_identities,
        num_instances=num_instances,
    ),
    dataset=dict(
        type="solider_mm.Market1501",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="train",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=256,
    num_workers=8,
    persistent_workers=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.Market1501",
        data_root="{{$SOLIDER_MM_DATA:data}}",
        split="test",
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="solider_mm.ReIDMetric", rerank=False)
test_evaluator = val_evaluator
