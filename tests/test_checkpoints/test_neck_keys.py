import torch
from torch import nn

from solider_mm.checkpoints.neck_keys import neck_from_official, neck_to_official


def test_old_and_new_weight_norm_hold_the_same_numbers():
    old = nn.utils.weight_norm(nn.Linear(3, 4, bias=False))
    new = nn.utils.parametrizations.weight_norm(nn.Linear(3, 4, bias=False))
    source = nn.ModuleDict({"last_layer": old})
    target = nn.ModuleDict({"last_layer": new})
    target.load_state_dict(neck_from_official(source.state_dict()))
    x = torch.randn(2, 3)
    assert torch.equal(old(x), new(x))


def test_the_names_return():
    names = ["mlp.0.weight", "last_layer.weight_g", "last_layer.weight_v"]
    weights = {name: torch.ones(1) for name in names}
    assert list(neck_to_official(neck_from_official(weights))) == names
