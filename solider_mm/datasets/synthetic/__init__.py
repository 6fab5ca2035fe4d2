"""Drawn pedestrians with exact truth: the default data of this package.

Everything is drawn by this code from numbers; there are no photos in it.
"""

from .appearance import Appearance, appearance_of
from .attributes import attributes_of, pa100k_vector
from .camera import Camera, camera_of
from .contact_sheet import contact_sheet
from .labels import (
    ATTRIBUTE_NAMES,
    COARSE_PARTS,
    KEYPOINT_NAMES,
    LIP_CLASSES,
    PA100K_ATTRIBUTES,
    flip_parts,
)
from .pedestrian import BACKDROPS, DrawnPerson, draw_pedestrian
from .scene import DrawnScene, ScenePerson, draw_scene
from .writers import (
    WRITERS,
    load_truth,
    write_citypersons,
    write_coco,
    write_lip,
    write_market1501,
    write_pa100k,
    write_prw,
)

__all__ = [
    "ATTRIBUTE_NAMES",
    "BACKDROPS",
    "COARSE_PARTS",
    "KEYPOINT_NAMES",
    "LIP_CLASSES",
    "PA100K_ATTRIBUTES",
    "WRITERS",
    "Appearance",
    "Camera",
    "DrawnPerson",
    "DrawnScene",
    "ScenePerson",
    "appearance_of",
    "attributes_of",
    "camera_of",
    "contact_sheet",
    "draw_pedestrian",
    "draw_scene",
    "flip_parts",
    "load_truth",
    "pa100k_vector",
    "write_citypersons",
    "write_coco",
    "write_lip",
    "write_market1501",
    "write_pa100k",
    "write_prw",
]
