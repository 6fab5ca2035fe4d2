import pytest
import torch

from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.models.backbones.swin_arch import SwinArch

GOOD = {"embed_dims": 8, "depths": (1, 1), "num_heads": (1, 2)}


def test_named_sizes():
    base = SwinArch.of("base")
    assert base.num_features == [128, 256, 512, 1024]
    assert base.depths == (2, 2, 18, 2)


@pytest.mark.parametrize(
    ("name", "embed_dims", "depths", "num_heads", "window_size"),
    [("nano", 40, (1, 1, 2), (1, 2, 4), 4), ("mini", 64, (2, 2, 6), (2, 4, 8), 8)],
)
def test_small_names_set_window_strides_and_output(
    name, embed_dims, depths, num_heads, window_size
):
    sizes = {"embed_dims": embed_dims, "depths": depths, "num_heads": num_heads}
    spelled_out = SOLIDERSwin(
        arch=sizes, window_size=window_size, strides=(4, 2, 1), out_indices=(2,)
    )
    named = SOLIDERSwin(arch=name)
    named.load_state_dict(spelled_out.state_dict())  # strict
    x = torch.randn(2, 3, 64, 40)
    with torch.no_grad():
        (ours,), (expected,) = named.eval()(x, 0.4), spelled_out.eval()(x, 0.4)
    assert ours.shape == (2, 4 * embed_dims, 8, 5)
    assert torch.equal(ours, expected)


def test_custom_sizes_get_the_strides_of_swin():
    model = SOLIDERSwin(arch=GOOD)
    assert model.arch.strides == (4, 2)
    assert model.arch.window_size == 7
    assert model.out_indices == (1,)


def test_options_override_the_defaults_of_a_name():
    model = SOLIDERSwin(arch="nano", strides=(4, 2, 2), window_size=7)
    assert model.stages[1].downsample.stride == 2
    assert model.stages[0].blocks[0].attn["w_msa"].window_size == 7


def test_drop_paths_are_cut_by_stage():
    arch = SwinArch.of({"embed_dims": 8, "depths": (1, 2), "num_heads": (1, 2)})
    first, second = arch.drop_paths(0.2)
    assert first == [0.0]
    assert second == pytest.approx([0.1, 0.2])


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("huge", "'huge' is unknown"),
        ({"embed_dims": 8}, "expected exactly embed_dims, depths"),
        (GOOD | {"num_heads": (1,)}, "one number of at least 1 per stage"),
        (GOOD | {"depths": (1, 0)}, "one number of at least 1 per stage"),
        (GOOD | {"num_heads": (3, 2)}, "must divide the channels"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(arch, message):
    with pytest.raises(ValueError, match=message):
        SwinArch.of(arch)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"strides": (4, 2, 2)}, r"strides=\(4, 2, 2\): expected 4 numbers"),
        ({"strides": (4, 2, 2, 3)}, "1 or 2 for each merging"),
        ({"out_indices": ()}, "rising stage numbers from 0 to 3"),
        ({"out_indices": (4,)}, "rising stage numbers from 0 to 3"),
        ({"out_indices": (1, 0)}, "rising stage numbers from 0 to 3"),
        ({"out_indices": (-1,)}, "rising stage numbers from 0 to 3"),
        ({"window_size": 0}, "window_size=0: expected at least 1"),
        ({"drop_path_rate": 1.0}, "drop_path_rate=1.0"),
        ({"frozen_stages": 5}, "frozen_stages=5"),
    ],
)
def test_options_that_do_not_fit_are_refused(option, message):
    with pytest.raises(ValueError, match=message):
        SOLIDERSwin(**option)
