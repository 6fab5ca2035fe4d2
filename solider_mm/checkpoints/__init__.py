"""Checkpoints: recognise a file, load it safely, convert it both ways."""

from .conversion import save_checkpoint, to_official, to_openmmlab
from .loading import load_backbone
from .recognition import Checkpoint, infer_arch, read_checkpoint, recognise
from .safe_loading import load_file

__all__ = [
    "Checkpoint",
    "infer_arch",
    "load_backbone",
    "load_file",
    "read_checkpoint",
    "recognise",
    "save_checkpoint",
    "to_official",
    "to_openmmlab",
]
