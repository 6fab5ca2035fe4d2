"""Person search on mmdet: SeqNet whose heads are the last stage of λ-Swin."""

from solider_mm.evaluation.person_search_metric import PersonSearchMetric

from .cuhk_sysu import CUHKSYSUDataset
from .norm_aware_embedding import NormAwareEmbedding
from .oim_loss import OIMLoss
from .pack_inputs import PackPersonSearchInputs
from .prw import PRWDataset
from .search_bbox_head import SearchBBoxHead
from .seq_roi_head import SeqRoIHead
from .seqnet import SeqNet
from .swin_roi_stage import SwinRoIStage

__all__ = [
    "CUHKSYSUDataset",
    "NormAwareEmbedding",
    "OIMLoss",
    "PRWDataset",
    "PackPersonSearchInputs",
    "PersonSearchMetric",
    "SearchBBoxHead",
    "SeqNet",
    "SeqRoIHead",
    "SwinRoIStage",
]
