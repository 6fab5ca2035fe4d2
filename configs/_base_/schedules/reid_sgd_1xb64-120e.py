"""The official recipe: SGD, 120 epochs, a cosine that counts from epoch 1.

One GPU, batch 16 × 4 (docs/reference.md §4.4).
"""

_base_ = "../tasks/reid.py"

max_epochs = 120
warmup_epochs = 20

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=10)
optim_wrapper = dict(
    # mmengine's AmpOptimWrapper; without a GPU the tools turn it into bf16.
    type="solider_mm.PretrainAmpOptimWrapper",
    loss_scale="dynamic",
    optimizer=dict(type="SGD", lr=8e-4, momentum=0.9, weight_decay=1e-4),
    # Every name with "bias" in it, position tables and norms included, which
    # bias_lr_mult would leave out (docs/reference.md §R4).
    paramwise_cfg=dict(custom_keys=dict(bias=dict(lr_mult=2.0))),
)
param_scheduler = dict(
    type="solider_mm.UnshiftedCosineLR",
    total=max_epochs,
    warmup=warmup_epochs,
    start_fraction=0.01,
    floor_fraction=0.002,
)
auto_scale_lr = dict(enable=False, base_batch_size=64)
