"""Pictures of semantic parts and of training."""

from .attribute_report import draw_attribute_report, plot_attribute_report
from .files import write_image
from .palette import PART_COLOURS
from .query_rows import choose_queries, read_ranking
from .ranked_gallery import draw_ranked_gallery, write_ranked_gallery
from .search_panel import draw_search_panel, write_search_panel
from .semantic_parts import PartsView, draw_semantic_parts
from .training_curves import draw_training_curves, plot_training
from .training_curves_hook import TrainingCurvesHook
from .training_log import TrainingLog, read_training_log

__all__ = [
    "PART_COLOURS",
    "PartsView",
    "TrainingCurvesHook",
    "TrainingLog",
    "choose_queries",
    "draw_attribute_report",
    "draw_ranked_gallery",
    "draw_search_panel",
    "draw_semantic_parts",
    "draw_training_curves",
    "plot_attribute_report",
    "plot_training",
    "read_ranking",
    "read_training_log",
    "write_image",
    "write_ranked_gallery",
    "write_search_panel",
]
