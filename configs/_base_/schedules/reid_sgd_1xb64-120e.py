"""The reference's recipe: SGD, 120 epochs, the cosine that is not shifted.

One GPU, batch 16 × 4. A leaf whose rate differs says so.
"""

max_epochs = 120
warmup_epochs = 20

train_cfg = dict(by_epoch=True, max_epochs=max_epochs, val_interval=10)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(
    # mmengine's AmpOptimWrapper; without a GPU the tools turn it into bf16.
    type="solider_mm.PretrainAmpOptimWrapper",
    loss_scale="dynamic",
    optimizer=dict(type="SGD", lr=8e-4, momentum=0.9, weight_decay=1e-4),
    # Every name with "bias" in it, position tables and norms included (docs/reference.md §R4);
    # bias_lr_mult would leave those out.
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
