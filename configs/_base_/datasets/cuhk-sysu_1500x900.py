"""CUHK-SYSU, shorter side 900, longer side at most 1500 (docs/reference.md §6.2).

SOLIDER_MM_DATA holds `CUHK-SYSU/` with `Image/SSM/` and `annotation/`.
"""

_base_ = "prw_1500x900.py"

# Gallery sizes; more of them: ("TestG100", "TestG50", "TestG500", …).
protocols = ("TestG100",)

cuhk_sysu = dict(
    type="solider_mm.CUHKSYSUDataset", data_root="{{$SOLIDER_MM_DATA:data}}/CUHK-SYSU"
)
train_dataloader = dict(dataset=cuhk_sysu)
val_dataloader = dict(dataset=dict(cuhk_sysu, protocols=protocols))
test_dataloader = val_dataloader
del cuhk_sysu

val_evaluator = dict(protocols=protocols)
test_evaluator = val_evaluator
