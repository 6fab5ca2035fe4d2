"""PCK normalized by the torso, the usual metric of Leeds Sports Pose."""

from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.evaluation.metrics import PCKAccuracy
from numpy.typing import NDArray

from solider_mm.registry import METRICS

__all__ = ["TorsoPCK"]

# Diagonals of the torso; the first with two labeled ends defines the torso size.
_DIAGONALS = (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip"))


@METRICS.register_module()
class TorsoPCK(PCKAccuracy):  # type: ignore[misc, unused-ignore]
    """Percentage of correct keypoints (PCK) with the torso size as unit.

    mmpose's 'torso' is the distance between joints 4 and 5, which is correct only for
    JHMDB. Here it is the diagonal from a shoulder to the opposite hip, found by name.
    Persons without a labeled diagonal and joints without a label do not count.

    Results are `PCK`, the mean over joints, and `PCK_<joint>` of left and right
    together, in [0, 1], and `persons`, the number of evaluated persons. Joints without
    any label are omitted.

    Args:
        thr: Upper limit (exclusive) of the distance of a correct joint, in torso sizes.
        collect_device: Device on which results of several processes are gathered.
        prefix: Prefix of the metric names; 'torso' by default.

    Raises:
        ValueError: If `thr` is not positive, or, in the evaluation, if the dataset
            lacks a joint of the torso.
    """

    default_prefix = "torso"

    def __init__(
        self,
        *,
        thr: float = 0.2,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        if not thr > 0:
            raise ValueError(f"thr is {thr}, expected more than 0: use for example 0.2")
        # The base class requires a norm; its default, the box, is not used.
        super().__init__(thr=thr, collect_device=collect_device, prefix=prefix)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Compute the metrics of all persons.

        Args:
            results: Results of each person: `pred_coords` and `gt_coords` (1, K, 2),
                `mask` (1, K).

        Returns:
            Metrics by name.
        """
        predicted, truth, mask = (
            np.concatenate([result[key] for result in results])
            for key in ("pred_coords", "gt_coords", "mask")
        )
        index: dict[str, int] = self.dataset_meta["keypoint_name2id"]
        size = torso_sizes(truth, mask, index)  # (N,)
        norm = np.stack([size, size], axis=1)
        shares, mean, _ = keypoint_pck_accuracy(predicted, truth, mask, self.thr, norm)
        counts = (mask & (size > 0)[:, None]).sum(axis=0)
        found = {"PCK": float(mean), **_by_kind(shares, counts, index)}
        found["persons"] = float((size > 0).sum())
        left_out = len(size) - int(found["persons"])
        if left_out:
            print_log(
                f"TorsoPCK: {left_out} of {len(size)} persons have no labeled "
                "diagonal of the torso and are not evaluated.",
                logger="current",
            )
        return found


def torso_sizes(
    joints: NDArray[np.floating[Any]],
    labeled: NDArray[np.bool_],
    index: dict[str, int],
) -> NDArray[np.float64]:
    """Compute the length of a diagonal of the torso.

    Args:
        joints: Ground-truth joints, (N, K, 2).
        labeled: Mask of the labeled joints, (N, K).
        index: Index of each joint by name.

    Returns:
        Lengths (N,) in the units of `joints`, 0 without a labeled diagonal.

    Raises:
        ValueError: If a joint of the diagonals is not in `index`.
    """
    wanted = {name for diagonal in _DIAGONALS for name in diagonal}
    if not wanted <= set(index):
        raise ValueError(
            f"the dataset has no joint {min(wanted - set(index))!r}, which the torso "
            "size needs; use mmpose's PCKAccuracy with norm_item='bbox'"
        )
    size: NDArray[Any] = np.zeros(len(joints))
    for one, other in reversed(_DIAGONALS):
        a, b = index[one], index[other]
        length = np.linalg.norm(joints[:, a] - joints[:, b], axis=1)
        size = np.where(labeled[:, a] & labeled[:, b], length, size)
    return size


def _by_kind(
    shares: NDArray[np.float64], counts: NDArray[np.int64], index: dict[str, int]
) -> dict[str, float]:
    """Average the PCK of left and right joints, weighted by their numbers."""
    kinds: dict[str, list[int]] = {}
    for name, joint in index.items():
        kind = name.removeprefix("left_").removeprefix("right_")
        kinds.setdefault(kind, []).append(joint)
    return {
        f"PCK_{kind}": _weighted(shares[joints], counts[joints])
        for kind, joints in kinds.items()
        if counts[joints].sum() > 0
    }


def _weighted(shares: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    return float(np.average(np.clip(shares, 0.0, 1.0), weights=counts))
