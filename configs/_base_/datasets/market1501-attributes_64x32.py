"""Market-1501 with the attributes of its identities, at 64×32.

Trains on `bounding_box_train`; validates and tests on the other people of `query` and
`bounding_box_test`, since there is no third split.
"""

_base_ = "attribute_64x32.py"

market1501 = dict(
    type="solider_mm.Market1501Attributes", data_root="{{$SOLIDER_MM_DATA:data}}"
)
train_dataloader = dict(dataset=market1501)
val_dataloader = dict(dataset=market1501)
test_dataloader = val_dataloader
del market1501
