"""Checkpoints: recognise a file, load it safely, convert it both ways."""

from .conversion import save_checkpoint, to_half, to_official, to_openmmlab
from .embedded import EMBEDDED_SIZE, embedded_backbone
from .loading import apply_init_cfg, load_backbone
from .recognition import Checkpoint, infer_arch, read_checkpoint, recognise
from .safe_loading import load_file
from .wholeness import require_whole

__all__ = [
    "EMBEDDED_SIZE",
    "Checkpoint",
    "apply_init_cfg",
    "embedded_backbone",
    "infer_arch",
    "load_backbone",
    "load_file",
    "read_checkpoint",
    "recognise",
    "require_whole",
    "save_checkpoint",
    "to_half",
    "to_official",
    "to_openmmlab",
]
