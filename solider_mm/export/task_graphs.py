"""Which graph is exported for which task."""

from solider_mm.export.detection_graph import DetectionGraph
from solider_mm.export.model_to_export import BACKBONE, ModelToExport
from solider_mm.export.parsing_graph import ParsingGraph
from solider_mm.export.pose_graph import HeatmapPoseGraph, SimCCPoseGraph
from solider_mm.export.task_graph import TaskGraph
from solider_mm.export.vector_graphs import AttributeGraph, BackboneGraph, ReIDGraph

__all__ = ["EXPORTED_TASKS", "build_graph"]

_GRAPHS: dict[str, type[TaskGraph]] = {
    BACKBONE: BackboneGraph,
    "reid": ReIDGraph,
    "attribute": AttributeGraph,
    "human_parsing": ParsingGraph,
    "pedestrian_detection": DetectionGraph,
}
EXPORTED_TASKS = (*_GRAPHS, "human_pose")


def build_graph(found: ModelToExport) -> TaskGraph:
    """Build the graph of a model.

    Args:
        found: Model with its task.

    Returns:
        The graph, in evaluation mode, without gradients.

    Raises:
        ValueError: If models of this task, or this head, are not exported.
    """
    kind = _GRAPHS.get(found.task)
    if found.task == "human_pose":
        head = type(getattr(found.model, "head", None)).__name__
        kind = SimCCPoseGraph if head == "RTMCCHead" else HeatmapPoseGraph
    if kind is None:
        raise ValueError(
            f"{found.name} is a model for {found.task}, expected one of "
            f"{', '.join(EXPORTED_TASKS)}: export its backbone with "
            f"task={BACKBONE!r} (--task {BACKBONE})"
        )
    return kind(found.model).eval().requires_grad_(False)
