import pytest
import torch

from solider_mm.checkpoints import (
    Checkpoint,
    load_file,
    parse_checkpoint,
    read_checkpoint,
    save_checkpoint,
    to_official,
    to_openmmlab,
)
from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.models.necks import DINOPretrainNeck

NANO = {"embed_dims": 8, "depths": (1, 2), "num_heads": (1, 2)}


@pytest.fixture
def checkpoint():
    model = SOLIDERSwin(arch=NANO, strides=(4, 2), out_indices=(1,))
    neck = DINOPretrainNeck(
        in_channels=16, hidden_channels=8, bottleneck_channels=4, out_channels=5
    )
    center = torch.full((1, 5), 0.5)
    meta = {"epoch": 3, "center": center}
    return Checkpoint("pretraining", "", model.state_dict(), neck.state_dict(), meta)


def test_official_layout_gets_every_key_of_the_authors(checkpoint):
    content = to_official(checkpoint)
    teacher = content["teacher"]
    assert content["epoch"] == 3
    assert torch.equal(content["dino_loss"]["center"], checkpoint.meta["center"])
    for letter in "wb":
        assert teacher[f"backbone.semantic_embed_{letter}.1.weight"].shape == (16, 2)
        assert not teacher[f"backbone.semantic_embed_{letter}.1.weight"].any()
        assert not teacher[f"backbone.semantic_embed_{letter}.1.bias"].any()
    assert teacher["backbone.norm0.weight"].tolist() == [1.0] * 8
    assert teacher["backbone.norm0.bias"].tolist() == [0.0] * 8
    gain = checkpoint.neck["last_layer.parametrizations.weight.original0"]
    assert torch.equal(teacher["head.last_layer.weight_g"], gain)
    assert all(key.startswith(("backbone.", "head.")) for key in teacher)


def test_there_and_back_changes_no_number(checkpoint):
    back = parse_checkpoint(to_official(checkpoint))
    assert back.layout == "official"
    assert (
        checkpoint.backbone.items() <= {**back.backbone, **checkpoint.backbone}.items()
    )
    for key, value in checkpoint.backbone.items():
        assert torch.equal(back.backbone[key], value)
    for key, value in checkpoint.neck.items():
        assert torch.equal(back.neck[key], value)
    assert back.neck.keys() == checkpoint.neck.keys()


def test_openmmlab_layout_reads_back(checkpoint):
    back = parse_checkpoint(to_openmmlab(checkpoint))
    assert back.layout == "solider_mm"
    assert back.backbone.keys() == checkpoint.backbone.keys()
    assert back.neck.keys() == checkpoint.neck.keys()
    assert back.meta["epoch"] == 3


def test_golden_file_survives_both_conversions(shared):
    path = shared / "golden/swin_small_checkpoint.pth"
    original = load_file(path)["teacher"]
    checkpoint = read_checkpoint(path)
    again = parse_checkpoint(to_openmmlab(checkpoint))
    teacher = to_official(again)["teacher"]
    assert teacher.keys() == original.keys()
    assert all(torch.equal(teacher[key], value) for key, value in original.items())


def test_a_swin_without_controllers_has_no_official_layout(checkpoint):
    plain = {k: v for k, v in checkpoint.backbone.items() if "semantic" not in k}
    with pytest.raises(ValueError, match="without semantic controllers"):
        to_official(Checkpoint("openmmlab", "", plain))


@pytest.mark.parametrize("name", ["sub/a.pth", "a.safetensors"])
@pytest.mark.parametrize("write", [to_official, to_openmmlab])
def test_files_are_written_whole_and_read_back(tmp_path, checkpoint, name, write):
    path = tmp_path / name
    save_checkpoint(write(checkpoint), path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    back = read_checkpoint(path)
    for key, value in checkpoint.backbone.items():
        assert torch.equal(back.backbone[key], value)


def test_a_failed_write_leaves_the_old_file(tmp_path, checkpoint, monkeypatch):
    path = tmp_path / "a.pth"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(to_official(checkpoint), path)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.pth"]
