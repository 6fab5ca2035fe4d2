"""Re-identification: mAP, CMC, mINP and k-reciprocal re-ranking."""

from solider_mm.evaluation.reid.metric import (
    ReIDMetric,
    evaluate_ranking,
    k_reciprocal_rerank,
)

__all__ = ["ReIDMetric", "evaluate_ranking", "k_reciprocal_rerank"]
