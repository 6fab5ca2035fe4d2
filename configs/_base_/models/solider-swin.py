"""The λ-Swin and the image statistics that the models of all tasks share.

`small` and `base` turn the model of a task into that of a larger Swin, `nano` into one
for CPUs, which starts from the embedded weights: trained on synthetic pedestrians only.
Official weights: links in the README of github.com/tinyvision/SOLIDER. Other weights:
`--cfg-options model.backbone.init_cfg.checkpoint=FILE`; random weights:
`model.backbone.init_cfg=None`.
"""

model = dict(
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch="tiny",
        init_cfg=dict(
            type="Pretrained", checkpoint="checkpoints/solider_swin_tiny.pth"
        ),
    ),
)
small = dict(
    arch="small", init_cfg=dict(checkpoint="checkpoints/solider_swin_small.pth")
)
base = dict(arch="base", init_cfg=dict(checkpoint="checkpoints/solider_swin_base.pth"))
nano = dict(arch="nano", init_cfg=dict(checkpoint="embedded"))
