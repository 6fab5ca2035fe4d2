"""Frames in the PRW layout, at most 360×288, for a CPU. A config names the folder."""

_base_ = "prw_1500x900.py"

scale = (360, 288)

load, annotations, resize, *steps = _base_.train_pipeline
resize = dict(resize, scale=scale)
train_pipeline = [load, annotations, resize, *steps]
load, _, *steps = _base_.test_pipeline
test_pipeline = [load, resize, *steps]
del load, annotations, resize, steps, _

# Few frames: the last, smaller batch is used too.
train_dataloader = dict(
    num_workers=1, drop_last=False, dataset=dict(pipeline=train_pipeline)
)
val_dataloader = dict(batch_size=4, num_workers=1, dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(protocols=("all_cameras",))
test_evaluator = val_evaluator
