"""Devices and weights of a model for inference."""

import pytest
import torch
from torch import nn

from solider_mm.apis import FeatureExtractor, SemanticPartsInferencer
from solider_mm.inference.model_building import checked_device, load_all_weights


def layer() -> nn.Linear:
    return nn.Linear(3, 2)


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod."])
def test_names_of_wrappers_are_removed(tmp_path, prefix) -> None:
    source, target = layer(), layer()
    weights = {prefix + name: value for name, value in source.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "a.pth")
    load_all_weights(target, str(tmp_path / "a.pth"))
    assert torch.equal(target.weight, source.weight)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.to(torch.int8), r"has bias as torch\.int8, .* before its quantiz"),
        (lambda v: v * float("nan"), "its weight bias has NaN values"),
        (lambda v: v.to(torch.complex64), "its weight bias is complex"),
        (lambda v: v.to("meta"), "its weight bias has no data"),
        (lambda v: v.to_sparse(), "its weight bias is sparse"),
    ],
)
def test_unusable_weights_are_refused(tmp_path, change, message) -> None:
    model = layer()
    weights = {**model.state_dict(), "bias": change(torch.ones(2))}
    torch.save({"state_dict": weights}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=message):
        load_all_weights(model, str(tmp_path / "a.pth"))


MISSING = ["nonsense", "cuda:99", "meta"]


@pytest.mark.parametrize("device", MISSING)
@pytest.mark.parametrize(
    "use",
    [
        checked_device,
        lambda device: FeatureExtractor(device=device),
        lambda device: FeatureExtractor("reid", "nowhere.pth", device),
        lambda device: SemanticPartsInferencer(device=device),
    ],
)
def test_missing_device_is_refused_first(use, device) -> None:
    with pytest.raises(ValueError, match=f"device is '{device}', which torch cannot"):
        use(device)


def test_default_device_exists() -> None:
    assert checked_device(None) == ("cuda" if torch.cuda.is_available() else "cpu")
    assert checked_device(torch.device("cpu")) == "cpu"
