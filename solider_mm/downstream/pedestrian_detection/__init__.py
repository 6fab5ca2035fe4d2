"""Pedestrian detection on mmdet: the CSP detector and CityPersons."""

from solider_mm.downstream.pedestrian_detection.brightness import RandomHSVBrightness
from solider_mm.downstream.pedestrian_detection.citypersons_dataset import (
    CityPersonsDataset,
)
from solider_mm.downstream.pedestrian_detection.csp_head import CSPHead
from solider_mm.downstream.pedestrian_detection.csp_neck import CSPNeck
from solider_mm.downstream.pedestrian_detection.scale_crop_paste import (
    RandomScaleCropPaste,
)

HOST = "mmdet"
SEMANTIC_WEIGHT = 1.0  # λ of the paper: docs/reference.md §1

__all__ = [
    "CSPHead",
    "CSPNeck",
    "CityPersonsDataset",
    "RandomHSVBrightness",
    "RandomScaleCropPaste",
]
