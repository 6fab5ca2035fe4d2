"""Person re-identification on mmpretrain: who is it, seen by another camera."""

from solider_mm.downstream.reid.data_preprocessor import PersonReIDDataPreprocessor
from solider_mm.downstream.reid.head import ReIDHead
from solider_mm.downstream.reid.identity_sampler import IdentitySampler
from solider_mm.downstream.reid.losses import ReIDTripletLoss
from solider_mm.downstream.reid.market1501 import Market1501
from solider_mm.downstream.reid.msmt17 import MSMT17
from solider_mm.downstream.reid.person_folder import PersonFolder
from solider_mm.downstream.reid.schedule import UnshiftedCosineLR

HOST = "mmpretrain"
SEMANTIC_WEIGHT = 0.2  # λ of the paper: docs/reference.md §1

__all__ = [
    "MSMT17",
    "IdentitySampler",
    "Market1501",
    "PersonFolder",
    "PersonReIDDataPreprocessor",
    "ReIDHead",
    "ReIDTripletLoss",
    "UnshiftedCosineLR",
]
