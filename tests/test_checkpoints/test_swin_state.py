import torch

from solider_mm.checkpoints.swin_state import (
    adapt_state_dict,
    resize_position_table,
)


def test_whole_parts_are_dropped_and_nothing_else():
    own = {"norm3.weight": torch.ones(1), "stages.0.blocks.0.x": torch.ones(1)}
    state = {
        "b.norm0.weight": 1,
        "b.norm3.weight": 2,
        "b.stages.0.downsample.norm.weight": 3,
        "b.stages.0.blocks.1.x": 4,
        "b.semantic_embed_w.3.bias": 5,
        "norm0.weight": 6,
    }
    dropped = adapt_state_dict(state, own, "b.")
    assert dropped == [
        "norm0.weight",
        "stages.0.downsample.norm.weight",
        "semantic_embed_w.3.bias",
    ]
    assert set(state) == {"b.norm3.weight", "b.stages.0.blocks.1.x", "norm0.weight"}


def test_resize_keeps_corners_level_and_heads_apart():
    table = torch.cat((torch.full((169, 1), 2.0), torch.full((169, 1), -1.0)), 1)
    resized = resize_position_table(table, 23**2)
    assert resized.shape == (529, 2)
    assert torch.allclose(resized, torch.tensor([2.0, -1.0]).expand(529, 2), atol=1e-5)


def test_resize_follows_a_slope():
    rows = torch.arange(13.0).repeat_interleave(13)[:, None]
    resized = resize_position_table(rows, 27**2).view(27, 27)
    assert torch.allclose(resized[13], torch.full((27,), 6.0), atol=1e-4)
    assert (resized.diff(dim=0) > -1e-4).all()


def test_a_fitting_table_is_returned_itself():
    table = torch.randn(169, 3)
    assert resize_position_table(table, 169) is table
