"""The official schedule for person search (docs/reference.md §6.3).

The learning rate does not depend on the batch (4, 3, 2 images for T, S, B).
"""

_base_ = "../tasks/person_search.py"

train_cfg = dict(by_epoch=True, max_epochs=20, val_interval=5)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=3e-4, momentum=0.9, weight_decay=5e-4),
    clip_grad=dict(max_norm=10),
)
param_scheduler = [
    # Over the first epoch, per iteration.
    dict(
        type="LinearLR",
        start_factor=1e-3,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True,
    ),
    dict(type="MultiStepLR", by_epoch=True, milestones=[16], gamma=0.1),
]
