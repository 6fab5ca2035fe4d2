"""Human parsing on mmseg: CE2P head, self-correction, datasets and metric."""

from solider_mm.downstream.human_parsing.ce2p_head import CE2PHead, CE2PLogits
from solider_mm.downstream.human_parsing.cycle_average import (
    reestimate_batch_norm,
    update_cycle_average,
)
from solider_mm.downstream.human_parsing.datasets import ClothingCoParsing, LIPParsing
from solider_mm.downstream.human_parsing.edge_loss import BalancedEdgeLoss
from solider_mm.downstream.human_parsing.label_map import LoadLabelMap
from solider_mm.downstream.human_parsing.overlay import ParsingVisualizer, draw_parsing
from solider_mm.downstream.human_parsing.parsing_metric import ParsingMetric
from solider_mm.downstream.human_parsing.person_affine import PersonAffine
from solider_mm.downstream.human_parsing.person_parser import PersonParser
from solider_mm.downstream.human_parsing.self_correction_hook import SelfCorrectionHook
from solider_mm.downstream.human_parsing.soft_targets import SoftTargetLoss
from solider_mm.downstream.human_parsing.training_check import ParsingCheckHook

HOST = "mmseg"
SEMANTIC_WEIGHT = 0.8  # λ of the paper: docs/reference.md §1

__all__ = [
    "BalancedEdgeLoss",
    "CE2PHead",
    "CE2PLogits",
    "ClothingCoParsing",
    "LIPParsing",
    "LoadLabelMap",
    "ParsingCheckHook",
    "ParsingMetric",
    "ParsingVisualizer",
    "PersonAffine",
    "PersonParser",
    "SelfCorrectionHook",
    "SoftTargetLoss",
    "draw_parsing",
    "reestimate_batch_norm",
    "update_cycle_average",
]
