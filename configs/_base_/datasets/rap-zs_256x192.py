"""RAPv2, zero-shot split, at 256×192: trained on 21,710 images, tested on 4,928.

tools/dataset_converters/convert_attributes.py writes `RAP2/zero_shot/*.json` from the community's
`dataset_zs_run0.pkl`; the images are in `RAP2/RAP_dataset`.

The reference validates on the test split: it picks the best epoch there, and where the
learning rate follows the validation loss, that too (docs/reference.md §A1). To keep the test
split apart: `--cfg-options train_dataloader.dataset.split=train
val_dataloader.dataset.split=val`.
"""

image_size = (256, 192)  # (H, W)
data_root = "{{$SOLIDER_MM_DATA:data}}/RAP2"

resize = dict(
    type="mmpretrain.Resize",
    scale=image_size[::-1],  # (W, H)
    interpolation="bilinear",
    backend="pillow",  # smooths where it shrinks, as the reference does
)
train_pipeline = [
    dict(type="solider_mm.LoadPersonImage"),
    resize,
    # Ten black pixels around, then a crop of the old size.
    dict(type="mmpretrain.RandomCrop", crop_size=image_size, padding=10, pad_val=0),
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
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="solider_mm.AttributeJSON",
        data_root=data_root,
        ann_folder="zero_shot",
        image_folder="RAP_dataset",
        split="trainval",
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    collate_fn=dict(type="default_collate"),
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(
        type="solider_mm.AttributeJSON",
        data_root=data_root,
        ann_folder="zero_shot",
        image_folder="RAP_dataset",
        split="test",
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="solider_mm.PedestrianAttributeMetric", threshold=0.5)
test_evaluator = val_evaluator
