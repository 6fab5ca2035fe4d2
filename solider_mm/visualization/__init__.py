"""Charts of training, rankings and attributes; panels of semantic parts."""

from solider_mm.fileio.image_io import write_image
from solider_mm.visualization.attribute_report import plot_attribute_report
from solider_mm.visualization.figure_file import write_figure
from solider_mm.visualization.palette import PART_COLORS
from solider_mm.visualization.query_rows import choose_queries, read_ranking
from solider_mm.visualization.ranked_gallery import plot_ranked_gallery
from solider_mm.visualization.search_panel import plot_search_panel
from solider_mm.visualization.semantic_parts import PartsView, plot_semantic_parts
from solider_mm.visualization.training_curves import plot_training, plot_training_curves
from solider_mm.visualization.training_curves_hook import TrainingCurvesHook
from solider_mm.visualization.training_log import TrainingLog, read_training_log

__all__ = [
    "PART_COLORS",
    "PartsView",
    "TrainingCurvesHook",
    "TrainingLog",
    "choose_queries",
    "plot_attribute_report",
    "plot_ranked_gallery",
    "plot_search_panel",
    "plot_semantic_parts",
    "plot_training",
    "plot_training_curves",
    "read_ranking",
    "read_training_log",
    "write_figure",
    "write_image",
]
