"""Clothing-co-parsing, eight coarse classes, at 128×88: for CPUs.

SOLIDER_MM_DATA is the folder of the data set, or the one that holds it as
`clothing-co-parsing` or `ccp`. The first 640 labeled photos are for training, the last
160 of 800 for test: our split, since the data set has none. `coarse=False` keeps the 59
labels; solider_mm/downstream/human_parsing/clothing_classes.py defines the coarse ones.
"""

_base_ = "lip_128x88.py"

load, load_labels, warp, _, edge, pack = _base_.train_pipeline
flip = dict(type="RandomFlip", prob=0.5)  # no class depends on left and right
train_pipeline = [load, load_labels, dict(warp, angle_std=15.0), flip, edge, pack]
del load, load_labels, warp, flip, edge, pack, _

photos = dict(
    _delete_=True,
    type="solider_mm.ClothingCoParsing",
    data_root="{{$SOLIDER_MM_DATA:data}}",
)
train_dataloader = dict(dataset=dict(photos, numbers=(1, 640), pipeline=train_pipeline))
test_photos = dict(
    photos, numbers=(641, 800), test_mode=True, pipeline=_base_.test_pipeline
)
val_dataloader = dict(dataset=dict(test_photos))
test_dataloader = dict(dataset=dict(test_photos))
del photos, test_photos
