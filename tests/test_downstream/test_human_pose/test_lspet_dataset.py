import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmengine.logging import MessageHub  # noqa: E402
from mmpose.registry import DATASETS  # noqa: E402
from mmpose.utils import register_all_modules  # noqa: E402

PIPELINE = [
    dict(type="LoadImage"),
    dict(type="GetBBoxCenterScale"),
    dict(type="TopdownAffine", input_size=(96, 128)),
    dict(
        type="GenerateTarget",
        encoder=dict(
            type="MSRAHeatmap", input_size=(96, 128), heatmap_size=(24, 32), sigma=1.5
        ),
    ),
    dict(type="PackPoseInputs"),
]


@pytest.fixture(autouse=True)
def _scope():
    register_all_modules()


def build(**kwargs):
    return DATASETS.build(dict(type="solider_mm.LSPExtendedDataset", **kwargs))


@pytest.mark.parametrize("root", ["lspet", "."])
def test_data_root_is_the_folder_or_its_parent(lspet, root):
    dataset = build(data_root=str(lspet.parent / root), pipeline=[])
    assert [dataset.get_data_info(i)["img_id"] for i in range(len(dataset))] == [
        1,
        2,
        4,
    ]


def test_person_in_mmpose_form(lspet, person):
    info = build(data_root=str(lspet), numbers=[1, 1], pipeline=[]).get_data_info(0)
    assert info["bbox"][0] == pytest.approx([12.6, 6.6, 67.4, 119.0])  # x1 y1 x2 y2
    assert np.allclose(info["keypoints"][0], person[:, :2])
    assert info["keypoints_visible"].tolist() == [[1.0] * 14]
    assert info["raw_ann_info"]["num_keypoints"] == 14


def test_targets_of_person_cut_off_by_the_border(lspet):
    dataset = build(data_root=str(lspet), numbers=(2, 2), pipeline=PIPELINE)
    sample = dataset[0]
    assert sample["inputs"].shape == (3, 128, 96)
    weights = sample["data_samples"].gt_instance_labels.keypoint_weights
    maps = sample["data_samples"].gt_fields.heatmaps  # (14, 32, 24)
    assert maps.shape == (14, 32, 24)
    assert weights[0].tolist() == [0, 0, 0, *[1] * 11]
    assert torch.isfinite(maps).all()
    assert not maps[:3].any()
    assert (maps[3:].amax(dim=(1, 2)) > 0.5).all()


def test_ground_truth_comes_from_the_samples(lspet):
    build(data_root=str(lspet), test_mode=True, pipeline=[])
    assert MessageHub.get_current_instance().get_info("lspet_ann_file") is None


def test_refuses_range_without_usable_person(lspet):
    with pytest.raises(ValueError, match="has no person with a box"):
        build(data_root=str(lspet), numbers=(3, 3), pipeline=[])


def test_refuses_range_of_three_numbers(lspet):
    with pytest.raises(ValueError, match="expected the first and the last photo"):
        build(data_root=str(lspet), numbers=(1, 2, 3))


def test_error_names_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no images of layout 'lspet'"):
        build(data_root=str(tmp_path))
