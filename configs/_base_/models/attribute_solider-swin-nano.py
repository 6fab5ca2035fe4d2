"""Attribute recognition on the nano λ-Swin, for two CPU cores."""

_base_ = "attribute_solider-swin.py"

model = dict(backbone=_base_.nano, head=dict(in_channels=160))
