"""PA100K or its layout at 64×32: best epoch chosen on val, result on test."""

_base_ = "attribute_64x32.py"

pa100k = dict(
    type="solider_mm.PA100K",
    data_root="{{$SOLIDER_MM_DATA:data}}",
    train_split="train",
)
train_dataloader = dict(dataset=pa100k)
val_dataloader = dict(dataset=dict(pa100k, split="val"))
test_dataloader = dict(dataset=pa100k)
del pa100k
