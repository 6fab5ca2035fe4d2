import pytest

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import TRANSFORMS  # noqa: E402


@pytest.fixture
def transform():
    return TRANSFORMS.build(dict(type="solider_mm.LoadPersonSearchAnnotations"))


def test_loads_boxes_and_identities(transform):
    instance = dict(bbox=[1, 2, 30, 40], bbox_label=0, instance_id=5, ignore_flag=0)
    loaded = transform(dict(img_shape=(50, 60), instances=[instance]))
    assert loaded["gt_bboxes"].tolist() == [[1, 2, 30, 40]]
    assert loaded["gt_instances_ids"].tolist() == [5]


def test_does_nothing_without_instances(transform):
    assert transform(dict(img_shape=(50, 60))) == dict(img_shape=(50, 60))
