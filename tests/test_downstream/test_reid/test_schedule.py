"""The learning rate at the epochs of the facts, for both groups."""

from typing import Any

import pytest
import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from torch import nn

from solider_mm.downstream.reid.schedule import UnshiftedCosineLR

BASE = 8e-4
# docs/reference.md §13, check 3, by 1-based epoch; printed there to four digits.
EXPECTED = {
    1: (8.0e-6, 8.0e-6),
    20: (7.604e-4, 1.5204e-3),
    21: (7.465e-4, 1.4929e-3),
    120: (1.737e-6, 1.874e-6),
}


def wrapper(**optimizer: Any) -> OptimWrapper:
    config = dict(
        optimizer=dict(type="SGD", lr=BASE, momentum=0.9, **optimizer),
        paramwise_cfg=dict(custom_keys=dict(bias=dict(lr_mult=2.0))),
    )
    return build_optim_wrapper(nn.Linear(2, 3), config)


def schedule(optimizer: Any, **changes: Any) -> Any:
    config = dict(type="solider_mm.UnshiftedCosineLR", optimizer=optimizer, **changes)
    return PARAM_SCHEDULERS.build(config)


def advance(optimizer: Any, scheduler: Any) -> None:
    optimizer.step()
    scheduler.step()


def rates(optimizer: Any, epochs: int, **changes: Any) -> list[tuple[float, ...]]:
    scheduler = schedule(optimizer, **changes)
    found = []
    for _ in range(epochs):
        found.append(tuple(group["lr"] for group in optimizer.param_groups[:2]))
        advance(optimizer, scheduler)
    return found


def test_matches_official_epochs() -> None:
    found = rates(wrapper(), 121)
    for epoch, expected in EXPECTED.items():
        assert found[epoch - 1] == pytest.approx(expected, rel=3e-4), epoch
    assert found[19] == pytest.approx((0.9505 * BASE, 0.9505 * 2 * BASE), rel=1e-3)
    assert found[120] == pytest.approx((0.002 * BASE, 0.002 * BASE))


def test_curve_follows_equation() -> None:
    steps = torch.arange(120, dtype=torch.float64)
    for group, peak in enumerate((BASE, 2 * BASE)):
        warm = 0.01 * BASE + steps * (peak - 0.01 * BASE) / 20
        cosine = 1 + torch.cos(torch.pi * steps / 120)
        cold = 0.002 * BASE + 0.5 * (peak - 0.002 * BASE) * cosine
        expected = torch.where(steps < 20, warm, cold)
        found = torch.tensor(rates(wrapper(), 120), dtype=torch.float64)[:, group]
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def test_optimizer_without_multipliers() -> None:
    weight, bias = nn.Linear(2, 3).parameters()
    groups = [dict(params=[weight]), dict(params=[bias], lr=2 * BASE)]
    found = rates(torch.optim.SGD(groups, lr=BASE), 21)
    assert found[20] == pytest.approx(EXPECTED[21], rel=1e-4)
    one = rates(torch.optim.SGD([weight], lr=BASE), 21)
    assert one[20] == pytest.approx(EXPECTED[21][:1], rel=1e-4)


def test_automatic_scaling_changes_start_and_floor() -> None:
    """As `Runner.scale_lr` does it: the groups change, the defaults do not."""
    optimizer = wrapper()
    for group in optimizer.optimizer.param_groups:
        group["lr"] *= 0.5
    found = rates(optimizer, 120)
    for epoch, expected in EXPECTED.items():
        half = tuple(rate / 2 for rate in expected)
        assert found[epoch - 1] == pytest.approx(half, rel=3e-4)


def test_group_with_zero_rate_stays_at_zero() -> None:
    frozen, free = nn.Linear(2, 3).parameters()
    groups = [dict(params=[frozen], lr=0.0), dict(params=[free])]
    found = rates(torch.optim.SGD(groups, lr=BASE), 120)
    assert {rate for rate, _ in found} == {0.0}


@pytest.mark.parametrize("stop", [7, 30])
def test_resumes(stop: int) -> None:
    straight = rates(wrapper(), 60)
    first = wrapper()
    scheduler = schedule(first)
    for _ in range(stop):
        advance(first, scheduler)
    second = wrapper()
    resumed = schedule(second)
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(scheduler.state_dict())
    for expected in straight[stop:]:
        found = tuple(group["lr"] for group in second.param_groups[:2])
        assert found == pytest.approx(expected, rel=1e-12)
        advance(second, resumed)


def test_counts_iterations() -> None:
    assert not schedule(wrapper(), by_epoch=False).by_epoch
    found = rates(wrapper(), 3, total=8, warmup=2, by_epoch=False)
    assert found[1][0] == pytest.approx(0.505 * BASE)


def test_refuses_invalid_numbers() -> None:
    with pytest.raises(ValueError, match="warmup=5 and total=5: expected"):
        UnshiftedCosineLR(wrapper(), total=5, warmup=5)
    with pytest.raises(ValueError, match=r"floor_fraction=-0\.1: expected"):
        UnshiftedCosineLR(wrapper(), floor_fraction=-0.1)
