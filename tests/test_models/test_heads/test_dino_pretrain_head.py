"""L_dino against the reference and against the equation."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from solider_mm.functional.schedules import warmup_value
from solider_mm.models.heads import DINOPretrainHead
from solider_mm.registry import MODELS


def _naive_loss(
    head: DINOPretrainHead, student: list[torch.Tensor], teacher: list[torch.Tensor]
) -> torch.Tensor:
    losses = []
    for t, teacher_view in enumerate(teacher):
        centered = (teacher_view - head.center) / head.teacher_temperature
        for v, student_view in enumerate(student):
            if v != t:
                log_p = F.log_softmax(student_view / head.student_temperature, -1)
                losses.append((-centered.softmax(-1) * log_p).sum(-1).mean())
    return torch.stack(losses).mean()


@pytest.mark.parametrize("num_targets", [1, 2, 3])
def test_equals_the_equation(num_targets: int) -> None:
    head = MODELS.build(dict(type="solider_mm.DINOPretrainHead", out_channels=11))
    head.center.normal_()
    student = [torch.randn(4, 11, requires_grad=True) for _ in range(5)]
    teacher = [torch.randn(4, 11) for _ in range(num_targets)]
    ours = head.loss(torch.stack(student), head.targets(torch.stack(teacher)))
    expected = _naive_loss(head, student, teacher)
    torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-6)
    for a, b in zip(
        torch.autograd.grad(ours, student),
        torch.autograd.grad(expected, student, materialize_grads=True),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["warm", "default"])
def test_three_steps_equal_the_reference(golden_dir: Path, name: str) -> None:
    golden = np.load(golden_dir / "dino_loss.npz")
    head = DINOPretrainHead(out_channels=int(golden["out_dim"]))
    head.center.copy_(torch.from_numpy(golden[f"{name}_center_init"]))
    start, end, warmup, _ = golden[f"{name}_teacher_temp_args"].tolist()
    for step in range(3):
        epoch = int(golden[f"{name}_epoch"][step])
        head.teacher_temperature = warmup_value(start, end, epoch, int(warmup))
        student = torch.from_numpy(golden[f"{name}_student"][step]).requires_grad_()
        teacher = torch.from_numpy(golden[f"{name}_teacher"][step])
        views = student.unflatten(0, (int(golden["ncrops"]), -1))
        loss = head.loss(views, head.targets(teacher).unflatten(0, (2, -1)))
        head.update_center(teacher)
        loss.backward()
        expected = golden[f"{name}_loss"][step]
        np.testing.assert_allclose(loss.item(), expected, rtol=1e-6)
        np.testing.assert_allclose(
            head.center, golden[f"{name}_center"][step], rtol=1e-6, atol=1e-7
        )
        np.testing.assert_allclose(
            student.grad, golden[f"{name}_grad_student"][step], rtol=1e-4, atol=1e-6
        )


def test_one_view_has_no_pair() -> None:
    head = DINOPretrainHead(out_channels=3)
    with pytest.raises(ValueError, match="at least two views"):
        head.loss(torch.zeros(1, 1, 3), torch.full((1, 1, 3), 1 / 3))


def test_zero_temperature_is_refused() -> None:
    with pytest.raises(ValueError, match="teacher_temperature=0"):
        DINOPretrainHead(out_channels=3, teacher_temperature=0)


def test_statistics_at_both_kinds_of_collapse() -> None:
    head = DINOPretrainHead(out_channels=8)
    uniform, peaked = torch.full((5, 8), 1 / 8), torch.eye(8)[:1].repeat(5, 1)
    alike, apart = torch.ones(5, 4), torch.eye(4)
    figures = head.teacher_statistics(uniform, alike)
    assert figures["teacher_entropy"].item() == pytest.approx(np.log(8))
    assert figures["feature_std"].item() == pytest.approx(0, abs=1e-7)
    figures = head.teacher_statistics(peaked, apart)
    assert figures["teacher_entropy"].item() == 0
    # each channel is 1 once and 0 three times
    assert figures["feature_std"].item() == pytest.approx(np.sqrt(3 / 16))


def test_image_weights_select_images() -> None:
    head = DINOPretrainHead(out_channels=5)
    student = torch.randn(3, 4, 5)
    targets = head.targets(torch.randn(2, 4, 5))
    half = torch.tensor([1.0, 1, 0, 0])
    weighted = head.loss(student, targets, half)
    expected = head.loss(student[:, :2], targets[:, :2]) / 2
    torch.testing.assert_close(weighted, expected)
    ones = head.loss(student, targets, torch.ones(4))
    torch.testing.assert_close(ones, head.loss(student, targets))


def test_center_follows_the_weighted_images() -> None:
    head = DINOPretrainHead(out_channels=5)
    scores = torch.randn(4, 5)
    head.update_center(scores, torch.tensor([0.0, 1, 1, 0]))
    torch.testing.assert_close(head.center[0], 0.1 * scores[1:3].mean(0))
    before = head.center.clone()
    head.update_center(scores, torch.zeros(4))
    assert torch.equal(head.center, before)
