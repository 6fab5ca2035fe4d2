import pytest
import torch
from mmengine.config import ConfigDict

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream.person_search.seq_roi_head import nms_with_limits  # noqa: E402


def test_nms_with_limits_by_hand():
    boxes = [
        [0, 0, 10, 10],
        [0, 0, 10, 9],
        [20, 0, 30, 10],
        [5, 5, 5, 9],
        [40, 0, 50, 9],
    ]
    scores = torch.tensor([0.7, 0.9, 0.8, 0.99, 0.4])
    limits = ConfigDict(score_thr=0.5, max_per_img=2)
    chosen = nms_with_limits(torch.tensor(boxes).float(), scores, 0.4, limits)
    assert chosen.tolist() == [1, 2]
