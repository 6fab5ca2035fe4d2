"""RAPv2, zero-shot split, at 256×192: 21,710 training images, 4,928 test images.

tools/dataset_converters/convert_attributes.py writes `RAP2/zero_shot/*.json` from the
community's `dataset_zs_run0.pkl`; the images are in `RAP2/RAP_dataset`.
"""

_base_ = "attribute_256x192.py"

rap = dict(
    type="solider_mm.AttributeJSON",
    data_root="{{$SOLIDER_MM_DATA:data}}/RAP2",
    ann_folder="zero_shot",
    image_folder="RAP_dataset",
)
train_dataloader = dict(dataset=rap)
val_dataloader = dict(dataset=rap)
test_dataloader = val_dataloader
del rap
