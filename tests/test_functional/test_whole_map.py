import pytest
import torch

from solider_mm.functional.whole_map import (
    is_small_map,
    whole_map_bias,
    whole_map_layout,
)

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((4, 2), True),
        ((8, 4), True),
        ((16, 8), True),
        ((7, 7), True),
        ((32, 16), False),
        ((14, 14), False),
        ((24, 8), False),
    ],
)
def test_which_maps_are_small(size, small):
    assert is_small_map(size, 7) is small


def test_bias_by_hand():
    """A map of one row and three columns in windows of two: two tokens, then one."""
    bias = torch.arange(16.0).view(1, 4, 4)  # places 0 1 / 2 3, the lower ones padding
    spread = whole_map_bias(bias, whole_map_layout((1, 3), 2, 0, CPU))
    nowhere = -torch.inf
    pairs = [[0.0, 1.0, nowhere], [4.0, 5.0, nowhere], [nowhere, nowhere, 0.0]]
    assert spread[0, :, :3].tolist() == pairs
    padding = [bias[0, 0, 2:], bias[0, 1, 2:], bias[0, 0, 1:]]
    expected = torch.stack([values.logsumexp(0) for values in padding])
    torch.testing.assert_close(spread[0, :, 3], expected)


def test_without_padding_there_is_no_column():
    layout = whole_map_layout((4, 2), 2, 0, CPU)
    assert layout.padding is None
    assert whole_map_bias(torch.zeros(3, 4, 4), layout).shape == (3, 8, 8)


def test_a_window_without_padding_meets_none_and_gives_no_nan():
    bias = torch.zeros(1, 4, 4, requires_grad=True)
    spread = whole_map_bias(bias, whole_map_layout((2, 3), 2, 0, CPU))
    assert (spread[0, :, 6] == -torch.inf).tolist() == [True, True, False] * 2
    spread.softmax(-1)[..., 0].sum().backward()
    assert bias.grad.isfinite().all()


def test_what_only_the_roll_joined_is_masked():
    spread = whole_map_bias(torch.zeros(1, 4, 4), whole_map_layout((2, 2), 2, 1, CPU))
    # Rolled by one, all four tokens lie in one window but came from four.
    masked = torch.full((4, 4), -100.0).fill_diagonal_(0)
    assert torch.equal(spread[0], masked)


def test_impossible_layouts_are_refused():
    with pytest.raises(ValueError, match="cannot be cut into windows"):
        whole_map_layout((4, 4), 7, 7, CPU)
