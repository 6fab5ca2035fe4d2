"""The literal Swin against the outputs of the authors' code, and against ours."""

import numpy as np
import pytest
import torch

from benchmarks.reference.heads import ProjectionHead
from benchmarks.reference.swin import LiteralSwin
from benchmarks.reference.window_attention import shift_mask
from solider_mm.checkpoints import read_checkpoint
from solider_mm.models.backbones import SOLIDERSwin

ARCH = {"embed_dims": 16, "depths": (2, 2, 4, 2), "num_heads": (1, 2, 4, 8)}
NANO = {"embed_dims": 8, "depths": (2, 2, 2, 2), "num_heads": (1, 2, 2, 4)}


@pytest.mark.parametrize("size", ["256x128", "128x64", "224x224", "384x128"])
def test_outputs_equal_the_authors(shared, size):
    checkpoint = read_checkpoint(shared / "golden/swin_small_checkpoint.pth")
    model = LiteralSwin(ARCH).eval()
    model.load_state_dict(checkpoint.backbone)  # strict: every name is the authors'
    golden = np.load(shared / "golden/swin_small_outputs.npz")
    images = torch.from_numpy(golden[f"{size}_lam1.0/x"])
    for weight in (1.0, 0.0, 0.3):
        with torch.no_grad():
            pooled, maps = model(images, torch.tensor([weight, 1 - weight]))
        case = f"{size}_lam{weight}"
        for i, out in enumerate(maps):
            kept = out[:, ::4, ::4, ::4] if i < 2 else out
            assert np.abs(kept.numpy() - golden[f"{case}/out{i}"]).max() <= 2e-5
        assert np.abs(pooled.numpy() - golden[f"{case}/pooled"]).max() <= 2e-5


def test_golden_scores_of_the_authors(shared):
    content = torch.load(
        shared / "golden/swin_small_checkpoint.pth", weights_only=False
    )
    weights = {
        key.removeprefix("head."): value
        for key, value in content["teacher"].items()
        if key.startswith("head.")
    }
    head = ProjectionHead(128, 32, hidden_channels=64, bottleneck_channels=16)
    head.load_state_dict(weights)  # strict
    golden = np.load(shared / "golden/swin_small_outputs.npz")
    pooled = torch.from_numpy(golden["256x128_lam0.3/pooled"])
    with torch.no_grad():
        scores = head(pooled).numpy()
    assert np.abs(scores - golden["256x128_lam0.3/proj"]).max() <= 2e-5


def test_takes_our_weights_and_gives_our_map_and_gradients():
    ours = SOLIDERSwin(arch=NANO, drop_path_rate=0.0)
    literal = LiteralSwin(NANO, drop_path_rate=0.0)
    literal.take(ours.state_dict())
    images, weight = torch.randn(3, 3, 72, 40), torch.tensor([0.0, 0.4, 1.0])
    own, (_, maps) = ours(images, weight)[-1], literal(images, weight)
    torch.testing.assert_close(own, maps[-1], rtol=0, atol=1e-5)
    for output in (own, maps[-1]):
        output.square().mean().backward()
    theirs = dict(literal.named_parameters())
    for name, parameter in ours.named_parameters():
        torch.testing.assert_close(
            parameter.grad,
            theirs[name.removeprefix("controller.")].grad,
            rtol=1e-4,
            atol=1e-5,
        )
    idle = {name for name, p in theirs.items() if p.grad is None}
    assert {name.split(".")[0] for name in idle} == {
        *("norm0", "norm1", "norm2"),
        *("semantic_embed_w", "semantic_embed_b"),  # the fourth pair
    }


def test_weights_of_another_arch_are_refused():
    state = SOLIDERSwin(arch=NANO).state_dict()
    del state["stages.0.blocks.0.norm1.weight"]
    with pytest.raises(ValueError, match=r"stages\.0\.blocks\.0\.norm1\.weight"):
        LiteralSwin(NANO).take(state)


def test_the_mask_keeps_apart_what_only_the_roll_made_neighbors():
    mask = shift_mask((4, 4), 2, 1, torch.device("cpu"))  # four windows of four places
    assert mask[0].eq(0).all()
    right = torch.tensor([[0, 1, 0, 1], [1, 0, 1, 0]] * 2) * -100.0
    torch.testing.assert_close(mask[1], right)
    below = torch.tensor([[0, 0, 1, 1]] * 2 + [[1, 1, 0, 0]] * 2) * -100.0
    torch.testing.assert_close(mask[2], below)
    torch.testing.assert_close(mask[3], (1 - torch.eye(4)) * -100.0)


def test_paths_are_dropped_in_training_only_and_per_image():
    model = LiteralSwin(NANO, drop_path_rate=0.5)
    block = model.stages[3].blocks[1]
    assert block.rate == pytest.approx(0.5)
    ones = torch.ones(2000, 3, 2)
    dropped = block.drop_path(ones)
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert (dropped == dropped[:, :1, :1]).all()
    assert dropped.mean().item() == pytest.approx(1, abs=0.1)
    assert block.eval().drop_path(ones) is ones
