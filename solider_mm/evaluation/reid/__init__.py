"""Re-identification evaluation: mAP, mINP, CMC and k-reciprocal re-ranking."""

from solider_mm.evaluation.reid.metric import ReIDMetric
from solider_mm.evaluation.reid.ranking import evaluate_ranking
from solider_mm.evaluation.reid.reranking import k_reciprocal_rerank

__all__ = ["ReIDMetric", "evaluate_ranking", "k_reciprocal_rerank"]
