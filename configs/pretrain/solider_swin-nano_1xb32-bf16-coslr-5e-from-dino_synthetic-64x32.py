"""SOLIDER after DINO, nano λ-Swin, on synthetic pedestrians, for a CPU.

SOLIDER_MM_DATA=FOLDER mim train solider_mm \
    configs/pretrain/solider_swin-nano_1xb32-bf16-coslr-5e-from-dino_synthetic-64x32.py

FOLDER holds what `tools/generate_synthetic.py --layout market1501 --background noise`
wrote; `--cfg-options train_dataloader.dataset.data_root=FOLDER` does the same. Two CPU
cores; results in docs/pretraining_runs.md.
"""

_base_ = "solider_swin-nano_1xb32-bf16-coslr-5e-from-dino_market1501-64x32.py"

# Synthetic pedestrians fill two fifths of their crop, so half of the tokens would be
# out of reach.
model = dict(target_generator=dict(min_foreground=0.25))
load_from = "work_dirs/dino_swin-nano_1xb32-bf16-coslr-10e_synthetic-64x32/epoch_10.pth"
