"""Synthetic street scenes in the CityPersons layout: windows of 192×384, for CPUs.

SOLIDER_MM_DATA is the folder that holds `citypersons/` as
`tools/generate_synthetic.py --layout citypersons` writes it, with
`annotations/{train,val_gt}.json` and `leftImg8bit_trainvaltest/`. Augmentations are
those of CityPersons at other sizes; sizes are (H, W). Tests use whole scenes.
"""

_base_ = "citypersons_1024x2048.py"

window = (192, 384)
scene_size = (512, 1024)

*steps, paste, pack = _base_.train_pipeline
paste = dict(paste, size=window, scale_range=(0.6, 1.4), min_width=8)
train_pipeline = [*steps, paste, pack]
load, resize, *steps = _base_.test_pipeline
test_pipeline = [load, dict(resize, scale=scene_size[::-1]), *steps]
del load, resize, steps, paste, pack

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(ann_file="annotations/train.json", pipeline=train_pipeline),
)
val_dataloader = dict(
    num_workers=1,
    dataset=dict(ann_file="annotations/val_gt.json", pipeline=test_pipeline),
)
test_dataloader = val_dataloader

val_evaluator = dict(ann_file=_base_.data_root + "annotations/val_gt.json")
test_evaluator = val_evaluator
