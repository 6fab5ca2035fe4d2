import numpy as np
import pytest

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmpose.datasets.datasets import CocoDataset  # noqa: E402
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402

from solider_mm.downstream.human_pose.lspet_skeleton import JOINT_NAMES, LSPET_METAINFO  # noqa: E402


@pytest.fixture
def meta():
    return parse_pose_metainfo(LSPET_METAINFO)


def test_flip_indices_swap_sides(meta):
    flip = np.array(meta["flip_indices"])
    assert np.array_equal(flip[flip], np.arange(14))
    for joint, mirrored in enumerate(flip):
        name, other = JOINT_NAMES[joint], JOINT_NAMES[mirrored]
        swapped = (
            name.replace("left", "?").replace("right", "left").replace("?", "right")
        )
        assert other == swapped


def test_sigmas_equal_those_of_coco(meta):
    coco = parse_pose_metainfo(CocoDataset.METAINFO)
    for name, sigma in zip(JOINT_NAMES, meta["sigmas"], strict=True):
        if name in coco["keypoint_name2id"]:
            assert sigma == coco["sigmas"][coco["keypoint_name2id"][name]]
    assert meta["sigmas"][-2:] == pytest.approx([0.079, 0.079])


def test_body_halves_and_limbs(meta):
    assert meta["lower_body_ids"] == [0, 1, 2, 3, 4, 5]
    assert meta["upper_body_ids"] == list(range(6, 14))
    assert {joint for link in meta["skeleton_links"] for joint in link} == set(
        range(14)
    )
    assert meta["keypoint_colors"].shape == (14, 3)
