"""The embedded nano weights, trained on synthetic pedestrians only."""

from pathlib import Path
from typing import Any

EMBEDDED_NAME = "embedded"
"""In place of a path, in `init_cfg` and on command lines."""
EMBEDDED_CHECKPOINT = Path(__file__).with_name(
    "solider_swin_nano_synthetic.safetensors"
)
EMBEDDED_CHECKPOINTS = {
    EMBEDDED_NAME: EMBEDDED_CHECKPOINT,
    # What they were trained from, by the paper's recipe: λ has no effect on them.
    "embedded-start": EMBEDDED_CHECKPOINT.with_name(
        "solider_swin_nano_synthetic_start.safetensors"
    ),
}

# Backbone of the weights: `configs/_base_/models/solider_swin-nano.py`.
EMBEDDED_BACKBONE: dict[str, Any] = {
    "type": "solider_mm.SOLIDERSwin",
    "arch": "nano",
}
EMBEDDED_SIZE = (64, 32)  # (H, W) of the images they were trained on


def embedded_backbone() -> dict[str, Any]:
    """Return the config of the embedded λ-Swin, including its weights.

    It is a starting point for demos and tests, far from the released weights: a small
    network that has seen synthetic pedestrians only (docs/pretraining_runs.md).

    Returns:
        A config for ``MODELS.build``; ``init_weights()`` then reads the weights.
    """
    weights = {"type": "Pretrained", "checkpoint": EMBEDDED_NAME}
    return {**EMBEDDED_BACKBONE, "init_cfg": weights}
