from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from solider_mm.engine.unwrapping import unwrap_model


class ToyWrapper(nn.Module):
    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


def test_returns_bare_model_unchanged() -> None:
    model = nn.Linear(2, 2)
    assert unwrap_model(model) is model


def test_removes_nested_wrappers() -> None:
    model = nn.Linear(2, 2)
    MODEL_WRAPPERS.register_module(module=ToyWrapper)
    try:
        assert unwrap_model(ToyWrapper(ToyWrapper(model))) is model
    finally:
        MODEL_WRAPPERS.module_dict.pop("ToyWrapper")


def test_keeps_model_with_own_attribute_module() -> None:
    model = ToyWrapper(nn.Linear(2, 2))
    assert unwrap_model(model) is model
