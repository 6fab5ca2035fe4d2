"""Schedules of the teacher and of the optimizer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.optim import CosineAnnealingLR, LinearLR
from mmpretrain.engine.schedulers import CosineAnnealingWeightDecay

from solider_mm.functional.schedules import cosine_value, warmup_value


def test_cosine_by_hand() -> None:
    assert cosine_value(1.0, 0.0, 0, 4) == 1.0
    assert cosine_value(1.0, 0.0, 2, 4) == pytest.approx(0.5)
    assert cosine_value(1.0, 0.0, 4, 4) == pytest.approx(0.0)
    assert cosine_value(1.0, 0.0, 9, 4) == pytest.approx(0.0)
    assert cosine_value(0.996, 1.0, 0, 0) == 1.0


def test_warm_up_by_hand() -> None:
    values = [warmup_value(0.04, 0.07, epoch, 4) for epoch in range(6)]
    np.testing.assert_allclose(values, [0.04, 0.05, 0.06, 0.07, 0.07, 0.07])
    assert warmup_value(0.04, 0.07, 0, 0) == 0.07
    assert [warmup_value(0.04, 0.07, e, 1) for e in (0, 1)] == [0.04, 0.07]


def test_momentum_equals_the_reference(golden_dir: Path) -> None:
    golden = np.load(golden_dir / "schedules.npz")
    start, end = golden["ema_default__args"][:2]
    expected = golden["ema_default"]
    ours = [cosine_value(start, end, i, len(expected)) for i in range(len(expected))]
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_temperature_equals_the_reference(golden_dir: Path) -> None:
    golden = np.load(golden_dir / "dino_loss.npz")
    start, end, warmup, epochs = golden["warm_teacher_temp_args"]
    ours = [warmup_value(start, end, e, int(warmup)) for e in range(int(epochs))]
    np.testing.assert_allclose(ours, golden["warm_teacher_temp_schedule"], rtol=1e-12)


@pytest.mark.parametrize("name", ["default", "resume"])
def test_mmengine_schedulers_equal_the_reference(golden_dir: Path, name: str) -> None:
    """The schedulers of `configs/_base_/schedules` give the authors' values."""
    golden = np.load(golden_dir / "schedules.npz")
    base, final, epochs, length, warmup, _ = golden[f"lr_{name}__args"].tolist()
    epochs, length, warmup = int(epochs), int(length), int(warmup)
    weight_decay, final_decay = golden["wd_default__args"][:2].tolist()
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in range(2)]
    optimizer = torch.optim.AdamW(
        [{"params": parameters[:1]}, {"params": parameters[1:], "weight_decay": 0.0}],
        lr=base,
        weight_decay=weight_decay,
    )
    schedulers = [
        LinearLR.build_iter_from_epoch(
            optimizer, start_factor=1e-9, end=warmup, epoch_length=length
        ),
        CosineAnnealingLR.build_iter_from_epoch(
            optimizer,
            eta_min=final,
            begin=warmup,
            end=epochs,
            T_max=epochs - warmup,
            epoch_length=length,
        ),
        CosineAnnealingWeightDecay.build_iter_from_epoch(
            optimizer,
            eta_min=final_decay,
            end=epochs,
            T_max=epochs,
            epoch_length=length,
        ),
    ]
    rates, decays = [], []
    for _ in range(epochs * length):
        decaying, flat = optimizer.param_groups
        rates.append(decaying["lr"])
        decays.append(decaying["weight_decay"])
        assert flat["weight_decay"] == 0
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    np.testing.assert_allclose(rates, golden[f"lr_{name}"], rtol=1e-6, atol=1e-12)
    if name == "default":
        np.testing.assert_allclose(decays, golden["wd_default"], rtol=1e-6)
