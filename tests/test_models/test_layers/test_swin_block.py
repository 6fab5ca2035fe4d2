import torch
from torch import nn

from solider_mm.models.layers import FeedForward, SwinBlock


def test_block_is_attention_then_feed_forward_with_shortcuts():
    block = SwinBlock(4, 2, 3, shift=1).eval()
    tokens = torch.randn(2, 20, 4)
    middle = tokens + block.attn["w_msa"](block.norm1(tokens), (4, 5), 1)
    expected = middle + block.ffn(block.norm2(middle))
    assert torch.equal(block(tokens, (4, 5)), expected)


def test_feed_forward_is_linear_gelu_linear():
    layer = FeedForward(3)
    tokens = torch.randn(1, 2, 3)
    hidden = nn.functional.gelu(layer.layers[0][0](tokens))
    assert hidden.shape[-1] == 12
    assert torch.equal(layer(tokens), layer.layers[1](hidden))


def test_a_dropped_branch_leaves_the_image_as_it_was():
    block = SwinBlock(4, 2, 3, drop_path=0.5).train()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.add_(0.5)
    tokens = torch.randn(64, 9, 4)
    same = (block(tokens, (3, 3)) == tokens).flatten(1).all(1)
    assert 4 < same.sum() < 32  # a quarter is expected: both branches dropped


def test_names_are_those_of_openmmlab():
    assert {name.rpartition(".")[0] for name in SwinBlock(4, 2, 3).state_dict()} == {
        "norm1",
        "attn.w_msa",
        "attn.w_msa.qkv",
        "attn.w_msa.proj",
        "norm2",
        "ffn.layers.0.0",
        "ffn.layers.1",
    }
