"""Checkpoints: detect formats, load safely, convert between formats."""

from solider_mm.checkpoints.conversion import (
    save_checkpoint,
    to_half,
    to_official,
    to_openmmlab,
)
from solider_mm.checkpoints.embedded import EMBEDDED_SIZE, embedded_backbone
from solider_mm.checkpoints.formats import (
    Checkpoint,
    infer_arch,
    parse_checkpoint,
    read_checkpoint,
)
from solider_mm.checkpoints.inspection import inspect_checkpoint
from solider_mm.checkpoints.loading import (
    apply_init_cfg,
    load_backbone,
    require_complete,
)
from solider_mm.checkpoints.locations import local_path
from solider_mm.checkpoints.mmengine_loaders import load_any
from solider_mm.checkpoints.safe_loading import load_file

__all__ = [
    "EMBEDDED_SIZE",
    "Checkpoint",
    "apply_init_cfg",
    "embedded_backbone",
    "infer_arch",
    "inspect_checkpoint",
    "load_any",
    "load_backbone",
    "load_file",
    "local_path",
    "parse_checkpoint",
    "read_checkpoint",
    "require_complete",
    "save_checkpoint",
    "to_half",
    "to_official",
    "to_openmmlab",
]
