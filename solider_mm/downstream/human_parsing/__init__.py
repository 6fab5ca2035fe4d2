"""Human parsing on mmseg: the CE2P head, self-correction, and what data needs."""

from .ce2p_head import CE2PHead, CE2PLogits
from .cycle_average import average_in, reestimate_batch_norm
from .datasets import ClothingCoParsing, LIPParsing
from .edge_loss import BalancedEdgeLoss
from .label_map import LoadLabelMap
from .overlay import ParsingVisualizer, draw_parsing
from .parsing_metric import ParsingMetric
from .person_affine import PersonAffine
from .person_parser import PersonParser
from .self_correction_hook import SelfCorrectionHook
from .soft_target_loss import SoftTargetLoss

__all__ = [
    "BalancedEdgeLoss",
    "CE2PHead",
    "CE2PLogits",
    "ClothingCoParsing",
    "LIPParsing",
    "LoadLabelMap",
    "ParsingMetric",
    "ParsingVisualizer",
    "PersonAffine",
    "PersonParser",
    "SelfCorrectionHook",
    "SoftTargetLoss",
    "average_in",
    "draw_parsing",
    "reestimate_batch_norm",
]
