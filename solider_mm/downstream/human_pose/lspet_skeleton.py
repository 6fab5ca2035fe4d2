"""The 14 joints of Leeds Sports Pose in mmpose's metainfo format."""

from typing import Any

__all__ = ["JOINT_NAMES", "LSPET_METAINFO", "SIGMAS"]

# Order of `joints.mat`; left and right are those of the person.
JOINT_NAMES = (
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "neck",
    "head_top",
)
# COCO's values for COCO's joints. Neck and top of the head, which COCO lacks, get the
# shoulder's value, as in CrowdPose for the same 14 joints.
SIGMAS = {
    "ankle": 0.089,
    "knee": 0.087,
    "hip": 0.107,
    "wrist": 0.062,
    "elbow": 0.072,
    "shoulder": 0.079,
    "neck": 0.079,
    "head_top": 0.079,
}
_LOWER = ("ankle", "knee", "hip")
_LIMBS = (
    ("left_ankle", "left_knee"),
    ("left_knee", "left_hip"),
    ("right_ankle", "right_knee"),
    ("right_knee", "right_hip"),
    ("left_hip", "right_hip"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
    ("left_shoulder", "left_elbow"),
    ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"),
    ("right_elbow", "right_wrist"),
    ("left_shoulder", "neck"),
    ("right_shoulder", "neck"),
    ("neck", "head_top"),
)
_COLORS = {"left": [0, 200, 0], "right": [255, 128, 0], "middle": [51, 153, 255]}
_MIRRORED = {"left": "right", "right": "left"}


def _kind(name: str) -> str:
    """Return the name of the joint without its side."""
    side, _, joint = name.partition("_")
    return joint if side in _MIRRORED else name


def _mirrored(name: str) -> str:
    """Return the name of the joint on the other side; empty in the middle."""
    side, _, joint = name.partition("_")
    return f"{_MIRRORED[side]}_{joint}" if side in _MIRRORED else ""


def _color(*names: str) -> list[int]:
    sides = {name.partition("_")[0] for name in names} & set(_MIRRORED)
    return _COLORS[sides.pop() if len(sides) == 1 else "middle"]


LSPET_METAINFO: dict[str, Any] = {
    "dataset_name": "lspet",
    "paper_info": {
        "author": "Sam Johnson and Mark Everingham",
        "title": "Learning Effective Human Pose Estimation from Inaccurate Annotation",
        "container": "CVPR",
        "year": "2011",
        "homepage": "http://sam.johnson.io/research/lspet.html",
    },
    "keypoint_info": {
        index: {
            "name": name,
            "id": index,
            "color": _color(name),
            "type": "lower" if _kind(name) in _LOWER else "upper",
            "swap": _mirrored(name),
        }
        for index, name in enumerate(JOINT_NAMES)
    },
    "skeleton_info": {
        index: {"link": link, "id": index, "color": _color(*link)}
        for index, link in enumerate(_LIMBS)
    },
    "joint_weights": [1.0] * len(JOINT_NAMES),
    "sigmas": [SIGMAS[_kind(name)] for name in JOINT_NAMES],
}
