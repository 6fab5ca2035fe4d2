"""Per-tensor gradient clipping."""

from pathlib import Path

import numpy as np
import torch

from solider_mm.functional.gradient_clipping import clip_grad_per_tensor_


def _parameter(gradient: list[float] | None) -> torch.nn.Parameter:
    parameter = torch.nn.Parameter(torch.zeros(2))
    parameter.grad = None if gradient is None else torch.tensor(gradient)
    return parameter


def test_each_tensor_has_its_own_norm() -> None:
    large, small, without = map(_parameter, ([3.0, 4.0], [0.3, 0.4], None))
    norms = clip_grad_per_tensor_([large, small, without], max_norm=1.0)
    torch.testing.assert_close(norms, torch.tensor([5.0, 0.5]))
    torch.testing.assert_close(large.grad, torch.tensor([0.6, 0.8]))
    torch.testing.assert_close(small.grad, torch.tensor([0.3, 0.4]), rtol=0, atol=0)
    assert without.grad is None


def test_nothing_to_clip() -> None:
    assert clip_grad_per_tensor_([_parameter(None)], 1.0).numel() == 0


def test_equals_the_reference(golden_dir: Path) -> None:
    golden = np.load(golden_dir / "schedules.npz")
    parameters = []
    for name in golden["clip_names"]:
        gradient = torch.from_numpy(golden[f"clip_in__{name}"])
        parameters.append(torch.nn.Parameter(torch.zeros_like(gradient)))
        parameters[-1].grad = gradient
    norms = clip_grad_per_tensor_(parameters, float(golden["clip_value"]))
    np.testing.assert_allclose(norms, golden["clip_norms"], rtol=1e-6)
    for name, parameter in zip(golden["clip_names"], parameters, strict=True):
        expected = golden[f"clip_out__{name}"]
        np.testing.assert_allclose(parameter.grad, expected, rtol=1e-6)
