"""SeqNet on the three-stage nano λ-Swin, for a CPU; sizes are ours.

Two stages are the trunk (a map of stride 8), the third is the head of the regions.
"""

_base_ = "seqnet_solider-swin.py"

stride = 8  # of the trunk's map

model = dict(
    # The merging halves regions of 8×8 to one window of 4×4; its weights fit both.
    backbone=dict(_base_.nano, strides=(4, 2, 2), drop_path_rate=0.0),
    rpn_head=dict(
        anchor_generator=dict(
            scales=[3, 4.25, 6, 8.5, 12],
            ratios=[2.5],  # height over width of a person
            strides=[stride],
        )
    ),
    roi_head=dict(
        bbox_roi_extractor=dict(
            roi_layer=dict(output_size=8), featmap_strides=[stride]
        ),
        search_head=dict(embedding=dict(channels=128)),
    ),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=128)),
        rpn_proposal=dict(nms_pre=1000, max_per_img=200),
        rcnn=dict(sampler=dict(num=32)),
    ),
    test_cfg=dict(rpn=dict(nms_pre=500, max_per_img=50), rcnn=dict(max_per_img=50)),
)
