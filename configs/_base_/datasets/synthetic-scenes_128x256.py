"""Synthetic street scenes in the CityPersons layout: windows of 128×256, for CPUs.

SOLIDER_MM_DATA is the folder that holds `citypersons/` as
`tools/generate_synthetic.py --layout citypersons` writes it, with
`annotations/{train,val_gt}.json` and `leftImg8bit_trainvaltest/`. Sizes are (H, W).

Tests see whole scenes of 512×1024 at 224×448, where the tallest people are as high as a
window. Training scales vary around that, so that a person is seen as a whole and is not
larger than what a small network sees at once.
"""

_base_ = "citypersons_1024x2048.py"

window = (128, 256)
scene_size = (224, 448)

load, boxes, brightness, flip, paste, pack = _base_.train_pipeline
paste = dict(paste, size=window, scale_range=(0.25, 0.6), min_width=4)
# The window first: the other steps then have fewer pixels to change.
train_pipeline = [load, boxes, paste, brightness, flip, pack]
test_load, resize, *steps = _base_.test_pipeline
test_pipeline = [test_load, dict(resize, scale=scene_size[::-1]), *steps]
del load, boxes, brightness, flip, paste, pack, test_load, resize, steps

train_dataloader = dict(
    batch_size=4,
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
