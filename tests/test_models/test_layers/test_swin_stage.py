import torch

from solider_mm.models.layers import SwinStage


def stage(**kwargs):
    torch.manual_seed(0)
    return SwinStage(4, 2, 3, (0.0, 0.0, 0.0), merge_stride=None, **kwargs)


def test_plain_and_shifted_windows_alternate():
    assert [block.shift for block in stage().blocks] == [0, 1, 0]


def test_recomputing_changes_no_gradient():
    tokens = torch.randn(2, 12, 4)
    gradients = []
    for with_cp in (False, True):
        layers = stage(with_cp=with_cp)
        layers(tokens, (4, 3)).square().sum().backward()
        gradients.append([parameter.grad for parameter in layers.parameters()])
    for plain, recomputed in zip(*gradients, strict=True):
        assert torch.allclose(plain, recomputed, atol=1e-6)
