"""Person-search evaluation: detection recall and AP, retrieval mAP and top-k."""

from solider_mm.evaluation.person_search.metric import PersonSearchMetric

__all__ = ["PersonSearchMetric"]
