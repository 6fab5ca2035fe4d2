"""Top-down heat maps at 1/4 of the image on the nano λ-Swin, for CPUs."""

_base_ = "td-hm_solider-swin.py"

model = dict(
    backbone=dict(_base_.nano, strides=(4, 2, 1), out_indices=(2,)),
    head=dict(in_channels=160, deconv_out_channels=(64,)),
    # The accuracy on training crops goes through numpy, which has no bfloat16.
    train_cfg=dict(compute_acc=False),
)
