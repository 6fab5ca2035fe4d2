import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.structures import PixelData  # noqa: E402
from mmseg.registry import MODELS  # noqa: E402
from mmseg.structures import SegDataSample  # noqa: E402

from solider_mm.downstream.human_parsing import CE2PLogits  # noqa: E402
from solider_mm.downstream.human_parsing.soft_targets import (  # noqa: E402
    SoftTargets,
    attach_soft_targets,
)

NAMES = ("pred1", "pred2", "edge")
SMALL = dict(channels=16, context_channels=8, skip_channels=4, edge_channels=8)


def build(in_channels=(8, 16, 24, 32), **kwargs):
    kwargs = {"num_classes": 20, **SMALL, **kwargs}
    with DefaultScope.overwrite_default_scope("mmseg"):
        return MODELS.build(
            dict(
                type="solider_mm.CE2PHead",
                in_channels=in_channels,
                norm_cfg=dict(type="BN"),
                **kwargs,
            )
        )


def samples(labels, edges):
    made = []
    for label, edge in zip(labels, edges, strict=True):
        sample = SegDataSample()
        maps = {"gt_sem_seg": label[None], "gt_edge_map": edge[None]}
        sample.set_data({name: PixelData(data=data) for name, data in maps.items()})
        made.append(sample)
    return made


def golden(golden_dir):
    data = np.load(golden_dir / "parsing_losses.npz")
    tensors = {k: torch.from_numpy(data[k]) for k in data.files if data[k].ndim}
    outputs = [tensors[k].requires_grad_() for k in ("pred1", "pred2", "pred_edge")]
    return data, tensors, CE2PLogits(*outputs)


def total(losses):
    return sum(value for name, value in losses.items() if "loss" in name)


def check(data, tensors, outputs, losses, cycle):
    loss = total(losses)
    assert loss.item() == pytest.approx(float(data[f"{cycle}_loss"]), abs=1e-6)
    loss.backward()
    for one, name in zip(outputs, NAMES, strict=True):
        expected = tensors[f"{cycle}_grad_{name}"]
        torch.testing.assert_close(one.grad, expected, rtol=1e-4, atol=1e-6)


def test_golden_losses_with_labels(golden_dir):
    data, tensors, outputs = golden(golden_dir)
    batch = samples(tensors["label"], tensors["edge_label"])
    losses = build().loss_by_feat(outputs, batch)
    for name, key in (("parsing", "pred1"), ("fusion", "pred2")):
        for kind in ("ce", "lovasz"):
            value = losses[f"loss_{kind}_{name}"].item()
            expected = 0.5 * float(data[f"component_{kind}_{key}"])
            assert value == pytest.approx(expected, abs=1e-6)
    assert losses["loss_edge"].item() == pytest.approx(
        float(data["component_edge"]), abs=1e-6
    )
    check(data, tensors, outputs, losses, "cycle0")


def test_golden_losses_with_soft_targets(golden_dir):
    """With ignored pixels as background, the side effect of the released code."""
    data, tensors, outputs = golden(golden_dir)
    batch = samples(tensors["label"], tensors["edge_label"])
    attach_soft_targets(
        batch, SoftTargets(tensors["soft_pred"], tensors["soft_edge"], 1)
    )
    losses = build(ignored_becomes_background=True).loss_by_feat(outputs, batch)
    check(data, tensors, outputs, losses, "cycle1")
    assert (tensors["label"] == 255).sum() == 90  # no label was overwritten


def test_ignored_pixels_are_ignored_in_correction_cycles(golden_dir):
    """Ignored pixels contribute no gradient."""
    _, tensors, _ = golden(golden_dir)
    labels = tensors["label"].clone()
    labels[:, :16] = 255
    grown = [torch.randn(2, n, 32, 24, requires_grad=True) for n in (20, 20, 2)]
    batch = samples(labels, tensors["edge_label"])
    soft = SoftTargets(torch.randn(2, 20, 32, 24), torch.randn(2, 2, 32, 24), 2)
    attach_soft_targets(batch, soft)
    total(build().loss_by_feat(CE2PLogits(*grown), batch)).backward()
    for one in grown:
        assert not one.grad[:, :, :16].any()
        assert one.grad[:, :, 16:].abs().sum() > 0


@pytest.mark.parametrize("cycles", [0, 1])
def test_batch_without_labeled_pixels_has_finite_losses(cycles):
    head = build()
    maps = [torch.randn(2, c, 8, 6) for c in (8, 16, 24, 32)]
    batch = samples(torch.full((2, 32, 24), 255), torch.zeros(2, 32, 24).long())
    if cycles:
        soft = SoftTargets(torch.randn(2, 20, 8, 6), torch.randn(2, 2, 8, 6), cycles)
        attach_soft_targets(batch, soft)
    losses = head.loss(maps, batch, {})
    loss = total(losses)
    assert loss.item() == pytest.approx(0, abs=1e-6)
    loss.backward()


def test_outputs_and_gradients():
    """All outputs have the first map's resolution (docs/reference.md §8.1)."""
    head = build()
    sizes = [(36, 24), (18, 12), (9, 6), (9, 6)]
    maps = [
        torch.randn(2, c, *size) for c, size in zip((8, 16, 24, 32), sizes, strict=True)
    ]
    outputs = head(maps)
    assert outputs.parsing.shape == outputs.fusion.shape == (2, 20, 36, 24)
    assert outputs.edge.shape == (2, 2, 36, 24)
    labels = torch.randint(0, 20, (2, 144, 96))
    total(
        head.loss(maps, samples(labels, torch.randint(0, 2, (2, 144, 96))), {})
    ).backward()
    unused = [n for n, p in head.named_parameters() if p.grad is None]
    assert unused == []
    head.eval()
    metas = [dict(img_shape=(144, 96))] * 2
    assert head.predict(maps, metas, None).shape == (2, 20, 144, 96)


@pytest.mark.parametrize(
    ("arch", "parameters"), [("tiny", (48, 192, 832)), ("base", (64, 256, 1024))]
)
def test_published_channel_widths(arch, parameters):
    """docs/reference.md §8.1: 832 fused channels for tiny and small, 1024 for base."""
    skip, edge, fused = parameters
    width = {"tiny": 96, "base": 128}[arch]
    head = build(
        in_channels=[width * 2**i for i in range(4)],
        channels=256,
        context_channels=512,
        skip_channels=skip,
        edge_channels=edge,
    )
    assert head.fuse.conv.in_channels == fused
    assert head.decoder.mix[0].conv.in_channels == 256 + skip
    assert head.edge.classify.in_channels == 6
    assert head.context.bottleneck.conv.in_channels == 8 * width + 4 * 512
    assert head.dropout.p == 0.1


def test_error_without_edge_maps_names_the_transform():
    head = build()
    sample = SegDataSample()
    sample.gt_sem_seg = PixelData(data=torch.zeros(1, 8, 8).long())
    maps = [torch.randn(2, c, 4, 4) for c in (8, 16, 24, 32)]
    with pytest.raises(ValueError, match="GenerateEdge"):
        head.loss(maps, [sample, sample], {})


def test_refuses_a_single_map():
    with pytest.raises(ValueError, match=r"in_channels=\(8,\)"):
        build(in_channels=(8,))
