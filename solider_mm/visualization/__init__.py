"""Pictures of semantic parts and of training."""

from .files import write_image
from .palette import PART_COLOURS
from .semantic_parts import PartsView, draw_semantic_parts
from .training_curves import draw_training_curves, plot_training
from .training_curves_hook import TrainingCurvesHook
from .training_log import TrainingLog, read_training_log

__all__ = [
    "PART_COLOURS",
    "PartsView",
    "TrainingCurvesHook",
    "TrainingLog",
    "draw_semantic_parts",
    "draw_training_curves",
    "plot_training",
    "read_training_log",
    "write_image",
]
