"""DINO, nano λ-Swin, on synthetic pedestrians, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/dino_swin-nano_1xb32-bf16-coslr-10e_synthetic-64x32.py

FOLDER holds what `tools/generate_synthetic.py --layout market1501 --background noise`
wrote; `--cfg-options train_dataloader.dataset.data_root=FOLDER` does the same. Two CPU
cores; results in docs/pretraining_runs.md.
"""

_base_ = "dino_swin-nano_1xb32-bf16-coslr-10e_market1501-64x32.py"
