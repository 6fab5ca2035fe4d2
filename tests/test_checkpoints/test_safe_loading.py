import argparse
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
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
def test_reads_training_files(loader, tmp_path, content, zipped):
    path = tmp_path / "a.pth"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    read = loader(path)
    for key, value in content["state_dict"].items():
        assert torch.equal(read["state_dict"][key], value)
    assert torch.equal(read["parameter"], content["parameter"])
    assert read["args"] == content["args"]
    assert read["epoch"] == 3


@pytest.mark.parametrize("zipped", [True, False])
def test_refuses_code_by_name_without_running_it(loader, tmp_path, zipped):
    path, target = tmp_path / "a.pth", tmp_path / "made"
    content = {"teacher": Harmful(target)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"a\.pth was not read: .*\.mkdir"):
        loader(path)
    assert not target.exists()


def test_refuses_plain_pickles(loader, tmp_path):
    path, target = tmp_path / "a.pth", tmp_path / "made"
    path.write_bytes(pickle.dumps(Harmful(target)))
    with pytest.raises(ValueError, match=r"a\.pth"):
        loader(path)
    assert not target.exists()


def test_refuses_torchscript_programs(loader, tmp_path):
    path = tmp_path / "a.pth"
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), path)
    with pytest.raises(ValueError, match=r"a\.pth"):
        loader(path)


def test_refuses_truncated_files(loader, tmp_path, content):
    path = tmp_path / "a.pth"
    torch.save(content, path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"a\.pth cannot be read.*fetch it again"):
        loader(path)


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"", r"a\.\w+ is empty: .*interrupted"),
        (b" \n<!DOCTYPE html><title>Quota exceeded", "is a web page, not a checkpoint"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS poi"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"\x1f\x8b\x08\x00", "gzip archive: unpack it first"),
        (b"\x08\x07\x12\x07pytorch" + bytes(50), "cannot be read as a checkpoint"),
    ],
)
def test_refuses_other_kinds_of_files(loader, tmp_path, name, start, message):
    path = tmp_path / name
    path.write_bytes(start)
    with pytest.raises(ValueError, match=message) as error:
        loader(path)
    assert "weights_only" not in str(error.value)


def test_refuses_archive_that_unpacks_to_far_more(loader, tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", bytes(50 * 2**20))
    with pytest.raises(
        ValueError, match=r"bomb\.pth has 0\.0 MiB and would unpack to 50"
    ):
        loader(path)


def test_refuses_zip_archive_around_checkpoint(loader, tmp_path):
    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("swin/base.pth", b"x")
    with pytest.raises(ValueError, match="a zip archive of 1 files, not a checkpoint"):
        loader(path)


def test_content_decides_not_the_name(tmp_path):
    weights = {"a": torch.randn(3)}
    save_file(weights, tmp_path / "a.pth")
    torch.save(weights, tmp_path / "b.safetensors")
    assert torch.equal(load_file(tmp_path / "a.pth")["state_dict"]["a"], weights["a"])
    assert torch.equal(load_file(tmp_path / "b.safetensors")["a"], weights["a"])


@pytest.mark.parametrize("path", ["a" * 300 + ".pth", "~nobody-of-that-name/x.pth"])
def test_refuses_impossible_path(path):
    with pytest.raises(
        (ValueError, FileNotFoundError), match=r"correct the path|check"
    ):
        load_file(path)


def test_refuses_getattr_although_mmengine_allows_it(tmp_path):
    class Reach:
        def __reduce__(self):
            return getattr, (HistoryBuffer, "register_statistics")

    torch.save({"message_hub": Reach()}, tmp_path / "a.pth")
    with torch.serialization.safe_globals([getattr, HistoryBuffer]):
        assert load_file(tmp_path / "a.pth")["message_hub"] is None


def test_restores_what_trainers_store(loader, tmp_path, content):
    content["table"] = {"sigmas": np.arange(6, dtype=np.float32).reshape(2, 3)}
    content["names"] = np.array(["a", "bc"])
    content["path"] = Path("work_dirs/a")
    content["history"] = [HistoryBuffer([0.1, 0.2], [1, 3], 7)]
    content["meta"] = {"cfg": ConfigDict(a=1, b=ConfigDict(c=[2]))}
    torch.save(content, tmp_path / "a.pth")
    read = loader(tmp_path / "a.pth")
    assert type(read["loss"]) is np.float64 and read["loss"] == 0.5
    assert np.array_equal(read["table"]["sigmas"], content["table"]["sigmas"])
    assert read["table"]["sigmas"].dtype == np.float32
    assert read["names"].tolist() == ["a", "bc"]
    assert read["path"] == content["path"]
    assert read["meta"]["cfg"] == {"a": 1, "b": {"c": [2]}}
    history = read["history"][0]
    assert np.array_equal(history.data, content["history"][0].data)
    assert history.max_length == 7
    assert history.mean() == content["history"][0].mean()


def test_refuses_array_of_objects(loader, tmp_path):
    torch.save({"a": np.array([None, 1], dtype=object)}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match="expected numbers or text"):
        loader(tmp_path / "a.pth")


def test_missing_file_is_named(loader, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*gone"):
        loader(tmp_path / "gone.pth")


def test_safetensors_give_weights_and_meta(tmp_path):
    weights = {"a": torch.randn(3)}
    save_file(weights, tmp_path / "a.safetensors", metadata={"epoch": "4"})
    read = load_file(tmp_path / "a.safetensors")
    assert torch.equal(read["state_dict"]["a"], weights["a"])
    assert read["meta"] == {"epoch": "4"}


def test_restores_the_allow_list(tmp_path):
    torch.save({"args": argparse.Namespace()}, tmp_path / "a.pth")
    load_file(tmp_path / "a.pth")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / "a.pth", weights_only=True)


def test_refuses_deep_nesting_in_one_sentence(loader, tmp_path):
    pickled = b"\x80\x02" + b"]" * 5001 + b"a" * 5000 + b"."
    source = tmp_path / "source.pth"
    torch.save({"a": torch.ones(1)}, source)
    path = tmp_path / "deep.pth"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            is_pickle = member.filename.endswith("data.pkl")
            new.writestr(member, pickled if is_pickle else old.read(member))
    with pytest.raises(ValueError, match=r"deep\.pth was not read: .* nested deeper"):
        loader(path)
