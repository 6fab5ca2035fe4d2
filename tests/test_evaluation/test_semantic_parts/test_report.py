import math

import numpy as np
import pytest
import torch
from torch import nn

from solider_mm.evaluation import MEANINGS, format_part_report, part_report

SIZE = (16, 8)


class FourByFour(nn.Module):
    """Return 4×4 pixel means (B, 3, 4, 2) scaled by 1 + λ and record each λ."""

    def __init__(self):
        super().__init__()
        self.dummy, self.weights = nn.Parameter(torch.zeros(())), []

    def forward(self, images, semantic_weight):
        assert images.shape[2:] == SIZE
        assert not self.training
        self.weights.append(semantic_weight)
        return None, nn.functional.avg_pool2d(images, 4) * (1 + semantic_weight)


def red_parts(features):
    """Label by red: above 0 is part 1, above 3 (bright red at λ = 1) is part 2."""
    red = features[:, 0]
    return (red > 0).long() + (red > 3).long(), torch.ones(len(red)).bool()


def person(identity, camera, green):
    """Left column: a dark red and a bright red token; the rest is black."""
    image = np.zeros((32, 16, 3), np.uint8)
    parts = np.zeros((32, 16), np.uint8)
    image[:8, :8, 0], parts[:8, :8] = 150, 1
    image[8:16, :8, 0], parts[8:16, :8] = 255, 2
    image[16:, :, 1] = green
    return {
        "image": image,
        "foreground": parts > 0,
        "coarse_parts": parts,
        "identity": identity,
        "camera": camera,
    }


@pytest.fixture
def people():
    return [
        person(identity, camera, 40 + 150 * identity)
        for identity in range(2)
        for camera in range(2)
        for _shot in range(2)
    ]


def test_perfect_parts_and_features_score_one(people):
    backbone = FourByFour()
    report = part_report(backbone, red_parts, people, size=SIZE, batch_size=3)
    assert report == {
        "foreground_iou": 1.0,
        "foreground_iou_all": pytest.approx(2 / 8),
        "part_nmi": pytest.approx(1.0),
        "part_nmi_bands": 0.0,  # both parts lie in the upper half
        "kept_fraction": 1.0,
        "identity_accuracy": 1.0,
        "identity_chance": 0.5,
        "identity_same_camera": 1.0,
        "identity_same_camera_chance": pytest.approx(1 / 3),
    }
    assert list(report) == list(MEANINGS)
    assert backbone.weights == [1.0, 0.0] * 3  # three batches, two λ
    assert backbone.training


def test_equal_weights_need_one_pass(people):
    backbone = FourByFour().eval()
    part_report(backbone, red_parts, people, size=SIZE, identity_weight=1.0)
    assert backbone.weights == [1.0]
    assert not backbone.training


def test_wrong_ground_truth_lowers_metrics(people):
    for someone in people:
        someone["foreground"] = np.ones((32, 16), bool)  # 8 tokens, 2 found
        someone["coarse_parts"] = np.ones((32, 16), np.uint8)
    report = part_report(FourByFour(), red_parts, people, size=SIZE)
    assert report["foreground_iou"] == pytest.approx(2 / 8)
    assert report["part_nmi"] == 0.0


def test_one_camera_gives_nan_identity_accuracy(people):
    alone = [someone for someone in people if someone["camera"] == 0]
    report = part_report(FourByFour(), red_parts, alone, size=SIZE)
    assert math.isnan(report["identity_accuracy"])


def test_refuses_no_people():
    with pytest.raises(ValueError, match="0 people were passed"):
        part_report(FourByFour(), red_parts, [])


def test_formats_table():
    before, after = dict.fromkeys(MEANINGS, 0.25), dict.fromkeys(MEANINGS, 0.5)
    lines = format_part_report({"before": before, "after": after}).splitlines()
    assert lines[0].split() == ["before", "after"]
    assert lines[1].split()[:3] == ["foreground_iou", "0.250", "0.500"]
    assert len({line.index("0.250") for line in lines[1:]}) == 1
    assert len(lines) == 1 + len(MEANINGS)
