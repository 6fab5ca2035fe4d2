import argparse
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from safetensors.torch import save_file

from solider_mm.checkpoints import load_file, safe_loading


class Harmful:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.fixture(params=["this torch", "older torch"])
def loader(request, monkeypatch):
    """Both ways of reading; older versions of torch take the second."""
    if request.param == "older torch":
        monkeypatch.setattr(safe_loading, "_allow_list_takes_names", lambda: False)
    return load_file


@pytest.fixture
def content():
    return {
        "state_dict": {"a": torch.randn(3), "b": torch.ones(2, dtype=torch.bfloat16)},
        "parameter": torch.nn.Parameter(torch.randn(2)),
        "args": argparse.Namespace(arch="swin_tiny", lr=0.1),
        "epoch": 3,
        "message_hub": {"lr": HistoryBuffer([1.0, 2.0], [1, 1])},
        "loss": np.float64(0.5),
        "size": torch.Size([2, 3]),
    }


@pytest.mark.parametrize("zipped", [True, False])
def test_training_files_are_read(loader, tmp_path, content, zipped):
    path = tmp_path / "a.pth"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    read = loader(path)
    for key, value in content["state_dict"].items():
        assert torch.equal(read["state_dict"][key], value)
    assert torch.equal(read["parameter"], content["parameter"])
    assert read["args"] == content["args"]
    assert read["epoch"] == 3


@pytest.mark.parametrize("zipped", [True, False])
def test_code_is_refused_by_name_and_not_run(loader, tmp_path, zipped):
    path, target = tmp_path / "a.pth", tmp_path / "made"
    content = {"teacher": Harmful(target)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"a\.pth was not read: .*\.mkdir"):
        loader(path)
    assert not target.exists()


def test_plain_pickles_are_refused(loader, tmp_path):
    path, target = tmp_path / "a.pth", tmp_path / "made"
    path.write_bytes(pickle.dumps(Harmful(target)))
    with pytest.raises(ValueError, match=r"a\.pth"):
        loader(path)
    assert not target.exists()


def test_programs_are_refused(loader, tmp_path):
    path = tmp_path / "a.pth"
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), path)
    with pytest.raises(ValueError, match=r"a\.pth"):
        loader(path)


def test_truncated_files_are_named(loader, tmp_path, content):
    path = tmp_path / "a.pth"
    torch.save(content, path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"a\.pth cannot be read.*fetch it again"):
        loader(path)


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
@pytest.mark.parametrize("bytes_", [b"", b"<html>404</html>"])
def test_other_files_are_named(loader, tmp_path, name, bytes_):
    path = tmp_path / name
    path.write_bytes(bytes_)
    with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
        loader(path)


def test_absent_files_are_named(loader, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*gone"):
        loader(tmp_path / "gone.pth")


def test_safetensors_give_weights_and_meta(tmp_path):
    weights = {"a": torch.randn(3)}
    save_file(weights, tmp_path / "a.safetensors", metadata={"epoch": "4"})
    read = load_file(tmp_path / "a.safetensors")
    assert torch.equal(read["state_dict"]["a"], weights["a"])
    assert read["meta"] == {"epoch": "4"}


def test_the_allow_list_is_taken_back(tmp_path):
    torch.save({"args": argparse.Namespace()}, tmp_path / "a.pth")
    load_file(tmp_path / "a.pth")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / "a.pth", weights_only=True)
