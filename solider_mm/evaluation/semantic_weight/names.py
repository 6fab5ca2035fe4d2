"""Names of the probes and what they mean."""

__all__ = ["FEW_IMAGES", "PROBES", "label_count", "label_count_name"]

FEW_IMAGES = 8
PROBES = {
    "part_geometry": "ρ: distance between parts over distance within a part",
    "part_probe": "parts of tokens by a linear classifier, mIoU in %",
    "part_probe_few": f"the same from {FEW_IMAGES} labeled images, mean of 10 choices",
    "pose_probe": "joints by a linear classifier of tokens, % within a token",
    "identity_map": "the same person across cameras, mAP in %",
    "identity_rank1": "the same person across cameras, Rank-1 in %",
    "attribute_probe": "attributes by linear classifiers, mA in %",
}
_PREFIX = "part_probe_labels_"


def label_count_name(number: int) -> str:
    """Name of the part probe from a number of labeled images."""
    return f"{_PREFIX}{number}"


def label_count(name: str) -> int | None:
    """Number of labeled images of such a name; None for other probes."""
    return int(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
