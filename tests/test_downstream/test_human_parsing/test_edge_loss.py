import numpy as np
import pytest
import torch
import torch.nn.functional as F

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmseg.datasets.transforms import GenerateEdge  # noqa: E402
from mmseg.registry import MODELS  # noqa: E402


def loss():
    return MODELS.build(dict(type="solider_mm.BalancedEdgeLoss"))


def test_golden(golden_dir):
    data = np.load(golden_dir / "parsing_losses.npz")
    edges = torch.from_numpy(data["edge_label"])
    logits = F.interpolate(
        torch.from_numpy(data["pred_edge"]),
        edges.shape[1:],
        mode="bilinear",
        align_corners=True,
    )
    assert loss()(logits, edges).item() == pytest.approx(
        float(data["component_edge"]), abs=1e-6
    )


def test_golden_edges_equal_those_of_mmseg(golden_dir):
    data = np.load(golden_dir / "parsing_losses.npz")
    for label, edge in zip(data["label"], data["edge_label"], strict=True):
        made = GenerateEdge(edge_width=3)(
            {"img_shape": label.shape, "gt_seg_map": label}
        )
        np.testing.assert_array_equal(made["gt_edge_map"], edge)


def test_classes_have_equal_total_weight():
    """By hand: one edge pixel of four; log 2 everywhere is log 2 on average."""
    edges = torch.tensor([[[1, 0], [0, 0]]])
    assert loss()(torch.zeros(1, 2, 2, 2), edges).item() == pytest.approx(np.log(2))
    logits = torch.zeros(1, 2, 2, 2)
    logits[0, 1, 0, 0] = 40.0  # the edge is detected: half of the loss remains
    assert loss()(logits, edges).item() == pytest.approx(np.log(2) / 2, abs=1e-6)


@pytest.mark.parametrize("value", [0, 255])
def test_loss_without_edges_is_zero(value):
    logits = torch.randn(1, 2, 4, 4, requires_grad=True)
    result = loss()(logits, torch.full((1, 4, 4), value))
    assert result.item() == 0
    result.backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_ignored_pixels_do_not_count():
    edges = torch.tensor([[[1, 0, 255], [0, 0, 255]]])
    logits = torch.randn(1, 2, 2, 3)
    other = logits.clone()
    other[..., 2] = 9.0
    assert torch.equal(loss()(logits, edges), loss()(other, edges))
