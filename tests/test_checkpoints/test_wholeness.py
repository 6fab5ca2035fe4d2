"""A checkpoint is evaluated whole or not at all."""

import pytest
import torch
from torch import nn

from solider_mm.checkpoints import require_complete


def model() -> nn.Module:
    return nn.ModuleDict({"backbone": nn.Linear(4, 3), "head": nn.Linear(3, 2)})


@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_whole_checkpoint_passes(tmp_path, prefix: str) -> None:
    path = tmp_path / "whole.pth"
    weights = {prefix + name: value for name, value in model().state_dict().items()}
    torch.save({"state_dict": weights, "meta": {}}, path)
    require_complete(model(), path)
    require_complete(nn.ModuleDict({"module": model()})["module"], path)


def test_a_backbone_alone_is_refused_by_the_missing_part(tmp_path) -> None:
    path = tmp_path / "backbone.pth"
    weights = {k: v for k, v in model().state_dict().items() if "backbone" in k}
    torch.save({"state_dict": weights}, path)
    with pytest.raises(
        ValueError, match=r"lacks 2 of the model's 4 .* in head \(first"
    ):
        require_complete(model(), path)


def test_another_size_is_refused_with_both_sizes(tmp_path) -> None:
    path = tmp_path / "large.pth"
    large = nn.ModuleDict({"backbone": nn.Linear(4, 3), "head": nn.Linear(3, 5)})
    torch.save(large.state_dict(), path)
    with pytest.raises(
        ValueError, match=r"head.weight of size \(5, 3\).*\(2, 3\), and 1"
    ):
        require_complete(model(), path)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth"):
        require_complete(model(), tmp_path / "nowhere.pth")
