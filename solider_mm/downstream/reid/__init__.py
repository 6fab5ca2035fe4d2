"""Person re-identification on mmpretrain: who is it, seen by another camera."""

from .data_preprocessor import PersonReIDDataPreprocessor
from .head import ReIDHead
from .identity_sampler import IdentitySampler
from .losses import ReIDTripletLoss
from .market1501 import Market1501
from .msmt17 import MSMT17
from .person_folder import PersonFolder
from .schedule import UnshiftedCosineLR

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
