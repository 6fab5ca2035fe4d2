import pytest
import torch

from solider_mm.evaluation.semantic_weight.pose_probe import pose_probe

SIZE = (64, 32)  # of the images; maps have 8×4 tokens of 8 pixels
ONES = torch.ones(1, 30, dtype=torch.float64)


def people(seed, moved=0.0):
    """Maps whose channel j is 1 at joint j, and the joints, moved down by pixels."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(0, 5, (30, 3), generator=generator)
    columns = torch.randint(0, 4, (30, 3), generator=generator)
    maps = 0.05 * torch.randn(30, 3, 8, 4, generator=generator)
    image = torch.arange(30)[:, None].expand(30, 3)
    maps[image, torch.arange(3).expand(30, 3), rows, columns] += 1
    place = torch.stack([8 * columns + 4.0, 8 * rows + 4.0 + moved], -1)
    return maps, torch.cat([place, torch.ones(30, 3, 1)], -1)


def test_finds_joints_that_tokens_show():
    statistic = pose_probe(*people(0), *people(1), SIZE)
    assert float(statistic(ONES)) == pytest.approx(100)


def test_a_token_beside_counts_and_two_do_not():
    fit = people(0)
    assert float(pose_probe(*fit, *people(1, 8), SIZE)(ONES)) == pytest.approx(100)
    assert float(pose_probe(*fit, *people(1, 16), SIZE)(ONES)) == pytest.approx(0)


def test_joints_without_label_or_outside_do_not_count():
    maps, joints = people(1)
    wrong = joints.clone()
    wrong[:, 0, 2] = 0  # without label
    wrong[:, 1, 0] = 40  # right of the image
    wrong[:, 2, 1] = torch.where(torch.arange(30) < 15, joints[:, 2, 1], 60)
    statistic = pose_probe(*people(0), maps, wrong, SIZE)
    assert float(statistic(ONES)) < 60  # of the third joint only half is right
    half = torch.cat([torch.ones(1, 15), torch.zeros(1, 15)], 1).double()
    assert float(statistic(half)) == pytest.approx(100)
