import pytest

from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.models.backbones.swin_arch import SwinArch

GOOD = {"embed_dims": 8, "depths": (1, 1), "num_heads": (1, 2)}


def test_named_sizes():
    base = SwinArch.of("base")
    assert base.num_features == [128, 256, 512, 1024]
    assert base.depths == (2, 2, 18, 2)


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
