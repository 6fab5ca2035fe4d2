"""Re-identification on the nano λ-Swin, for two CPU cores."""

_base_ = "reid_solider-swin.py"

model = dict(
    # 0.5 in the official recipe, which slows a short training down.
    data_preprocessor=dict(erasing_probability=0.0),
    backbone=dict(_base_.nano, drop_path_rate=0.0),
    head=dict(in_channels=160),
)
