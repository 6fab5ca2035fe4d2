"""PCK in units of the torso, as results on Leeds Sports Pose are given."""

from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.evaluation.metrics import PCKAccuracy
from numpy.typing import NDArray

from solider_mm.registry import METRICS

__all__ = ["TorsoPCK"]

# The diagonals of the torso; the first whose ends are labeled is its size.
_DIAGONALS = (("left_shoulder", "right_hip"), ("right_shoulder", "left_hip"))


@METRICS.register_module()
class TorsoPCK(PCKAccuracy):  # type: ignore[misc, unused-ignore]
    """Share of joints nearer to the truth than `thr` torso sizes.

    mmpose's own 'torso' is the distance between joints 4 and 5, right for JHMDB alone.
    Here it is the diagonal from one shoulder to the hip of the other side, found by
    name. Persons without a labeled diagonal do not count: one cannot say how large
    they are. Joints that are not labeled do not count either.

    Results are ``PCK``, the mean over joints, and ``PCK_<joint>`` with left and right
    together, in [0, 1]; ``persons`` is how many counted. A joint that nobody has is
    left out.

    Args:
        thr: Largest distance of a correct joint, in torso sizes, not included.
        collect_device: Where results of several processes are gathered.
        prefix: Before the names of the results; ``torso`` by default.

    Raises:
        ValueError: If `thr` is not positive, or, at the end, if the data set has no
            joint of that name.
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
            raise ValueError(f"thr is {thr}, expected more than 0, for example 0.2")
        # The box is a norm that needs nothing but the box, and is not used.
        super().__init__(thr=thr, collect_device=collect_device, prefix=prefix)

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Compare the joints of all persons.

        Args:
            results: One for each person: ``pred_coords`` and ``gt_coords`` (1, K, 2),
                ``mask`` (1, K).

        Returns:
            The shares by name.
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
                "diagonal of the torso and do not count.",
                logger="current",
            )
        return found


def torso_sizes(
    joints: NDArray[np.floating[Any]],
    labeled: NDArray[np.bool_],
    index: dict[str, int],
) -> NDArray[np.float64]:
    """Length of a diagonal of the torso.

    Args:
        joints: ``(N, K, 2)`` true positions.
        labeled: ``(N, K)``.
        index: Number of a joint by name.

    Returns:
        ``(N,)``: in the units of `joints`, 0 where no diagonal is labeled.

    Raises:
        ValueError: If a joint of the diagonals is not in `index`.
    """
    wanted = {name for diagonal in _DIAGONALS for name in diagonal}
    if not wanted <= set(index):
        raise ValueError(
            f"the data set has no joint {min(wanted - set(index))!r}, but the torso is "
            "measured by it; use mmpose's PCKAccuracy with norm_item='bbox'"
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
    """Shares of left and right together, weighed by how many there are."""
    kinds: dict[str, list[int]] = {}
    for name, joint in index.items():
        kind = name.removeprefix("left_").removeprefix("right_")
        kinds.setdefault(kind, []).append(joint)
    return {
        f"PCK_{kind}": _weighed(shares[joints], counts[joints])
        for kind, joints in kinds.items()
        if counts[joints].sum() > 0
    }


def _weighed(shares: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    return float(np.average(np.clip(shares, 0.0, 1.0), weights=counts))
