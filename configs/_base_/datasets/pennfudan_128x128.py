"""Penn-Fudan pedestrians (136 + 34 street photos), at most 128 × 128, for CPUs.

SOLIDER_MM_DATA is the folder that holds `pennfudan/`, with `train/`, `test/` and their
COCO-style `train.json`, `test.json`. Augmentations are those of CityPersons at other
sizes; sizes are (H, W).
"""

_base_ = "citypersons_1024x2048.py"

data_root = "{{$SOLIDER_MM_DATA:data}}/pennfudan/"
image_size = (128, 128)

resize = dict(type="Resize", scale=image_size, keep_ratio=True)
load, boxes, brightness, flip, paste, pack = _base_.train_pipeline
paste = dict(paste, size=image_size, scale_range=(0.7, 1.3), min_width=6)
train_pipeline = [load, boxes, resize, brightness, flip, paste, pack]
test_load, *_, test_pack = _base_.test_pipeline
test_pipeline = [test_load, resize, boxes, test_pack]
del resize, load, boxes, brightness, flip, paste, pack, test_load, test_pack, _

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        data_root=data_root,
        ann_file="train.json",
        data_prefix=dict(img="train/"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    num_workers=1,
    dataset=dict(
        data_root=data_root,
        ann_file="test.json",
        data_prefix=dict(img="test/"),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=data_root + "test.json")
test_evaluator = val_evaluator
