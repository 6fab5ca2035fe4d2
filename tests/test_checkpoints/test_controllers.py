import pytest
import torch

from solider_mm.checkpoints import read_checkpoint
from solider_mm.checkpoints.controllers import require_controllers


def test_refuses_a_plain_swin_only(tmp_path):
    require_controllers("embedded")
    weights = read_checkpoint("embedded").backbone
    plain = {k: v for k, v in weights.items() if "semantic" not in k}
    torch.save({"state_dict": plain}, tmp_path / "plain.pth")
    with pytest.raises(ValueError, match="this is a plain Swin and λ has no effect"):
        require_controllers(tmp_path / "plain.pth")
