"""Both backbones, timed."""

import pytest
import torch

from benchmarks import backbone
from solider_mm.models.backbones import SOLIDERSwin


@pytest.mark.parametrize(
    ("options", "compared"),
    [
        (["--forward-only"], True),
        ([], True),
        (["--against", "mmpretrain", "--forward-only"], False),
    ],
)
def test_one_row_per_size_and_type(options, compared, capsys):
    command = "--batch 1 --repeats 2 --sizes 32x32 64x32 --dtypes fp32 bf16"
    assert backbone.main([*command.split(), *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split()[:2] for line in lines[4:8]]
    assert rows == [[s, t] for s in ("32x32", "64x32") for t in ("fp32", "bf16")]
    if compared:
        assert float(lines[8].partition("most ")[2].split()[0]) <= 1e-5
    else:
        assert "its maps are others" in lines[8]


def test_both_sides_have_the_same_weights():
    ours = SOLIDERSwin(arch="tiny")
    other, _ = backbone.build_other("mmpretrain", ours, "tiny")
    for name, value in other.state_dict().items():
        assert torch.equal(value, ours.state_dict()[name])


def test_no_gradient_is_left_between_the_passes():
    args = backbone.parse_args([])
    ours = SOLIDERSwin(arch="tiny", drop_path_rate=0.0)
    inputs = torch.randn(1, 3, 32, 32), torch.rand(1)
    backbone.one_pass(ours, backbone.own_map(ours), inputs, "fp32", args)(0)
    assert all(p.grad is None for p in ours.parameters())
