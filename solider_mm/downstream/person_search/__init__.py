"""Person search on mmdet: SeqNet with the last λ-Swin stage as RoI head."""

from solider_mm.downstream.person_search.cuhk_sysu import CUHKSYSUDataset
from solider_mm.downstream.person_search.load_annotations import (
    LoadPersonSearchAnnotations,
)
from solider_mm.downstream.person_search.norm_aware_embedding import NormAwareEmbedding
from solider_mm.downstream.person_search.oim_loss import OIMLoss
from solider_mm.downstream.person_search.pack_inputs import PackPersonSearchInputs
from solider_mm.downstream.person_search.prw import PRWDataset
from solider_mm.downstream.person_search.search_bbox_head import SearchBBoxHead
from solider_mm.downstream.person_search.seq_roi_head import SeqRoIHead
from solider_mm.downstream.person_search.seqnet import SeqNet
from solider_mm.downstream.person_search.swin_roi_stage import SwinRoIStage
from solider_mm.evaluation.person_search.metric import PersonSearchMetric

HOST = "mmdet"
SEMANTIC_WEIGHT = 0.6  # λ of the paper: docs/reference.md §1

__all__ = [
    "CUHKSYSUDataset",
    "LoadPersonSearchAnnotations",
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
