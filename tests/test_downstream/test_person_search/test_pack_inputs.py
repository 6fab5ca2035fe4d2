import numpy as np
import pytest
from scipy.io import savemat

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream.person_search import PRWDataset  # noqa: E402


def test_drops_boxes_outside_of_the_image(prw):
    pipeline = [
        dict(type="LoadImageFromFile"),
        dict(type="solider_mm.LoadPersonSearchAnnotations"),
        dict(type="mmdet.Resize", scale=(40, 30), keep_ratio=True),
        dict(type="solider_mm.PackPersonSearchInputs", min_size=1.0),
    ]
    table = [[7, 10, 5, 20, 40], [8, 200, 5, 20, 40]]  # the second is outside
    path = prw / "annotations/c1s1_000001.jpg.mat"
    savemat(path, {"box_new": np.array(table, dtype=float)})
    data = PRWDataset(data_root=str(prw), pipeline=pipeline)
    packed = data[0]["data_samples"]
    people = packed.gt_instances
    assert people.instances_ids.tolist() == [0]
    assert len(people.labels) == len(people.bboxes) == 1
    assert packed.is_query is False
