"""Clipping, groups and the teacher's average against the authors' numbers."""

import numpy as np
import torch
from torch import nn

from benchmarks.reference.optimization import (
    adamw,
    clip_each,
    parameter_groups,
    update_teacher,
)


class Named(nn.Module):
    """Parameters under given names, with dots in them."""

    def __init__(self, arrays):
        super().__init__()
        for name, array in arrays.items():
            owner, parts = self, name.split(".")
            for part in parts[:-1]:
                if part not in owner._modules:
                    owner.add_module(part, nn.Module())
                owner = owner._modules[part]
            owner.register_parameter(parts[-1], nn.Parameter(torch.from_numpy(array)))


def test_clipping(golden_dir):
    golden = np.load(golden_dir / "schedules.npz")
    names = golden["clip_names"].tolist()
    model = Named({name: golden[f"clip_in__{name}"] for name in names})
    for parameter in model.parameters():
        parameter.grad = parameter.detach().clone()
    found = dict(model.named_parameters())
    norms = clip_each(model, float(golden["clip_value"]))
    in_order = dict(zip(found, norms, strict=True))
    expected = dict(zip(names, golden["clip_norms"], strict=True))
    for name in names:
        np.testing.assert_allclose(in_order[name], expected[name], rtol=1e-6)
        clipped = golden[f"clip_out__{name}"]
        np.testing.assert_allclose(found[name].grad, clipped, rtol=1e-6, atol=1e-8)


def test_groups(golden_dir):
    golden = np.load(golden_dir / "schedules.npz")
    names = [*golden["group_decay_names"], *golden["group_nodecay_names"]]
    arrays = {name: golden[f"clip_in__{name}"] for name in names}
    model = Named(arrays)
    frozen = nn.Parameter(torch.ones(2, 2), requires_grad=False)
    model.register_parameter("frozen", frozen)
    decay, no_decay = parameter_groups(model)
    name_of = {id(p): name for name, p in model.named_parameters()}
    for group, key in ((decay, "decay"), (no_decay, "nodecay")):
        found = {name_of[id(p)] for p in group["params"]}
        assert found == set(golden[f"group_{key}_names"])
    assert no_decay["weight_decay"] == 0


def test_adamw_goes_tensor_by_tensor_and_passes_over_what_is_unused():
    model = nn.ModuleDict({"used": nn.Linear(2, 2), "idle": nn.Linear(2, 2)})
    idle = [p.detach().clone() for p in model["idle"].parameters()]
    optimizer = adamw(model, lr=0.1, weight_decay=0.1)
    assert optimizer.defaults["foreach"] is False
    assert optimizer.defaults["fused"] is False
    model["used"](torch.ones(1, 2)).sum().backward()
    optimizer.step()
    for before, after in zip(idle, model["idle"].parameters(), strict=True):
        assert torch.equal(before, after)


def test_teacher_moves_by_the_momentum():
    student, teacher = nn.Linear(3, 2), nn.Linear(3, 2)
    expected = [
        0.9 * old + 0.1 * new
        for old, new in zip(teacher.parameters(), student.parameters(), strict=True)
    ]
    update_teacher(student, teacher, 0.9)
    for got, want in zip(teacher.parameters(), expected, strict=True):
        torch.testing.assert_close(got, want)
