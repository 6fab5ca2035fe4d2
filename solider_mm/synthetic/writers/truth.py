"""Ground truth of synthetic crops, one file per crop."""

from pathlib import Path
from typing import Any

import numpy as np

from solider_mm.synthetic.figure.labels import ATTRIBUTE_NAMES
from solider_mm.synthetic.pedestrian import RenderedPerson

_ARRAYS = ("parts", "coarse_parts", "carried", "keypoints")


def save_truth(path: Path, person: RenderedPerson) -> None:
    """Save the ground truth of a crop as compressed ``.npz``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = [person["attributes"][name] for name in ATTRIBUTE_NAMES]
    np.savez_compressed(
        path,
        parts=person["parts"],
        coarse_parts=person["coarse_parts"],
        carried=person["carried"],
        keypoints=person["keypoints"],
        visible_fraction=np.float32(person["visible_fraction"]),
        identity=np.int64(person["identity"]),
        camera=np.int64(person["camera"]),
        attributes=np.array(values, dtype=np.uint8),
    )


def load_truth(path: str | Path) -> dict[str, Any]:
    """Load the ground truth of a crop.

    Args:
        path: File below ``truth/``, with the name of the crop and suffix ``.npz``.

    Returns:
        Fields of `RenderedPerson` except `image`.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} does not exist: expected truth/<folder>/<crop>.npz; generate the "
            "data with truth=True."
        )
    with np.load(path, allow_pickle=False) as stored:
        truth: dict[str, Any] = {name: stored[name] for name in _ARRAYS}
        truth["foreground"] = truth["parts"] > 0
        truth["visible_fraction"] = float(stored["visible_fraction"])
        truth["identity"] = int(stored["identity"])
        truth["camera"] = int(stored["camera"])
        values = (int(value) for value in stored["attributes"])
        truth["attributes"] = dict(zip(ATTRIBUTE_NAMES, values, strict=True))
    return truth
