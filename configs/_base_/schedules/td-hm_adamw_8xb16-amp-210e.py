"""The official schedule for pose (docs/reference.md §9.3), with Tiny's numbers.

Linear warm-up, then steps at 170 and 200 of 210 epochs; position tables do not decay.
"""

_base_ = "../tasks/human_pose.py"

max_epochs = 210

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=5)
optim_wrapper = dict(
    type="AmpOptimWrapper",  # on a CPU: --cfg-options optim_wrapper.type=OptimWrapper
    optimizer=dict(type="AdamW", lr=7e-4, weight_decay=0.0),
    paramwise_cfg=dict(
        custom_keys={"relative_position_bias_table": dict(decay_mult=0.0)}
    ),
)
param_scheduler = [
    # For 149,813 people: 10, 5 and 7.5 epochs of Tiny, Small and Base.
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, begin=0, end=11710),
    dict(
        type="MultiStepLR",
        by_epoch=True,
        begin=0,
        end=max_epochs,
        milestones=[170, 200],
        gamma=0.1,
    ),
]
default_hooks = dict(checkpoint=dict(interval=5, save_best="coco/AP"))
auto_scale_lr = dict(enable=False, base_batch_size=8 * 16)
