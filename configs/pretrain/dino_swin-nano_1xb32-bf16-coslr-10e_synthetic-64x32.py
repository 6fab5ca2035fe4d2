"""DINO, nano λ-Swin, on synthetic pedestrians, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/dino_swin-nano_1xb32-bf16-coslr-10e_synthetic-64x32.py

FOLDER is what `tools/generate_synthetic.py --layout market1501 --background noise` has drawn;
`--cfg-options train_dataloader.dataset.data_root=FOLDER` does the same. Two CPU cores;
figures in docs/pretraining_runs.md.
"""

_base_ = [
    "../_base_/models/dino_swin-nano.py",
    "../_base_/datasets/multi_crop_64x32.py",
    "../_base_/schedules/adamw_1xb32-bf16-coslr-10e.py",
    "../_base_/pretrain_runtime.py",
]

train_dataloader = dict(dataset=dict(layout="market1501"))
