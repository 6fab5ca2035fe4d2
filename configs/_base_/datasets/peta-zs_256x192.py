"""PETA, zero-shot split, at 256×192: 15,067 training images, 3,933 test images.

tools/dataset_converters/convert_attributes.py writes `PETA/zero_shot/*.json` from the
community's `dataset_zs_run0.pkl`; the images are in `PETA/images`.
"""

_base_ = "attribute_256x192.py"

peta = dict(
    type="solider_mm.AttributeJSON",
    data_root="{{$SOLIDER_MM_DATA:data}}/PETA",
    ann_folder="zero_shot",
    image_folder="images",
)
train_dataloader = dict(dataset=peta)
val_dataloader = dict(dataset=peta)
test_dataloader = val_dataloader
del peta
