"""Pedestrian detection on mmdet: the CSP detector and CityPersons."""

from .brightness import RandomHSVBrightness
from .citypersons_dataset import CityPersonsDataset
from .csp_head import CSPHead
from .csp_neck import CSPNeck
from .scale_crop_paste import RandomScaleCropPaste

__all__ = [
    "CSPHead",
    "CSPNeck",
    "CityPersonsDataset",
    "RandomHSVBrightness",
    "RandomScaleCropPaste",
]
