"""Person re-identification on mmpretrain."""

from solider_mm.downstream.reid.data_preprocessor import PersonReIDDataPreprocessor
from solider_mm.downstream.reid.head import ReIDHead
from solider_mm.downstream.reid.identity_sampler import IdentitySampler
from solider_mm.downstream.reid.losses import ReIDTripletLoss
from solider_mm.downstream.reid.market1501 import Market1501
from solider_mm.downstream.reid.model import ReIDModel
from solider_mm.downstream.reid.msmt17 import MSMT17
from solider_mm.downstream.reid.person_folder import PersonFolder
from solider_mm.downstream.reid.schedule import UnshiftedCosineLR
from solider_mm.downstream.reid.training_check import ReIDCheckHook

HOST = "mmpretrain"
SEMANTIC_WEIGHT = 0.2  # λ of the paper: docs/reference.md §1

__all__ = [
    "MSMT17",
    "IdentitySampler",
    "Market1501",
    "PersonFolder",
    "PersonReIDDataPreprocessor",
    "ReIDCheckHook",
    "ReIDHead",
    "ReIDModel",
    "ReIDTripletLoss",
    "UnshiftedCosineLR",
]
