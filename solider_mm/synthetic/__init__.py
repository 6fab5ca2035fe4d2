"""Synthetic pedestrians with exact ground truth, for demos, tests and first runs.

All pictures are rendered from random numbers; no photo is involved.
"""

from solider_mm.synthetic.contact_sheet import contact_sheet
from solider_mm.synthetic.figure.appearance import Appearance, appearance_of
from solider_mm.synthetic.figure.attributes import attributes_of, pa100k_vector
from solider_mm.synthetic.figure.labels import (
    ATTRIBUTE_NAMES,
    COARSE_PARTS,
    KEYPOINT_NAMES,
    LIP_CLASSES,
    PA100K_ATTRIBUTES,
)
from solider_mm.synthetic.pedestrian import (
    BACKGROUNDS,
    RenderedPerson,
    render_pedestrian,
)
from solider_mm.synthetic.scene import RenderedScene, ScenePerson, render_scene
from solider_mm.synthetic.scenery.camera import Camera, camera_of
from solider_mm.synthetic.writers import (
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
    "BACKGROUNDS",
    "COARSE_PARTS",
    "KEYPOINT_NAMES",
    "LIP_CLASSES",
    "PA100K_ATTRIBUTES",
    "WRITERS",
    "Appearance",
    "Camera",
    "RenderedPerson",
    "RenderedScene",
    "ScenePerson",
    "appearance_of",
    "attributes_of",
    "camera_of",
    "contact_sheet",
    "load_truth",
    "pa100k_vector",
    "render_pedestrian",
    "render_scene",
    "write_citypersons",
    "write_coco",
    "write_lip",
    "write_market1501",
    "write_pa100k",
    "write_prw",
]
