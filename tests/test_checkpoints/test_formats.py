import argparse

import pytest
import torch
from mmpretrain.models.backbones import SwinTransformer

from solider_mm.checkpoints import infer_arch, parse_checkpoint, read_checkpoint
from solider_mm.models.backbones import SOLIDERSwin

NANO = {"embed_dims": 8, "depths": (1, 2), "num_heads": (1, 2)}


def swin(**kwargs):
    model = SOLIDERSwin(arch=NANO, strides=(4, 2), out_indices=(0, 1), **kwargs)
    return model.state_dict()


def under(prefix, weights):
    return {prefix + key: value for key, value in weights.items()}


def official():
    pair = {"weight": torch.zeros(16, 2), "bias": torch.zeros(16)}
    extra = {
        f"semantic_embed_{x}.1.{kind}": value
        for x in "wb"
        for kind, value in pair.items()
    }
    return swin() | extra


HEAD = {
    "mlp.0.weight": torch.ones(4, 16),
    "last_layer.weight_g": torch.ones(5, 1),
    "last_layer.weight_v": torch.ones(5, 4),
}
NECK = {
    "mlp.0.weight",
    "last_layer.parametrizations.weight.original0",
    "last_layer.parametrizations.weight.original1",
}


def training_file_of_the_authors():
    teacher, student = official(), official()
    return {
        "student": under("module.backbone.", student) | under("module.head.", HEAD),
        "teacher": under("backbone.", teacher) | under("head.", HEAD),
        "optimizer": {},
        "epoch": 7,
        "args": argparse.Namespace(arch="swin_small"),
        "dino_loss": {"center": torch.full((1, 5), 2.0)},
    }


def test_the_authors_training_file():
    content = training_file_of_the_authors()
    checkpoint = parse_checkpoint(content)
    assert checkpoint.layout == "official"
    assert checkpoint.source == "teacher.backbone."
    key = "stages.0.blocks.0.ffn.layers.1.weight"
    assert checkpoint.backbone[key] is content["teacher"][f"backbone.{key}"]
    assert set(checkpoint.neck) == NECK
    assert checkpoint.meta["epoch"] == 7
    assert checkpoint.meta["args"] == {"arch": "swin_small"}
    assert checkpoint.meta["center"].tolist() == [[2.0] * 5]


def test_the_student_alone_serves_too():
    content = {"student": training_file_of_the_authors()["student"]}
    checkpoint = parse_checkpoint(content)
    assert (checkpoint.layout, checkpoint.source) == ("official", "student.backbone.")
    assert set(checkpoint.neck) == NECK


def test_our_pretraining_checkpoint_gives_the_teacher():
    teacher, student = swin(), swin()
    neck = {key: torch.ones(1) for key in NECK}
    state = under("backbone.", student) | under("teacher.backbone.", teacher)
    state |= under("neck.", HEAD) | under("teacher.neck.", neck)
    state["head.center"] = torch.full((1, 5), 3.0)
    content = {"meta": {"epoch": 2, "iter": 9, "cfg": "…"}, "state_dict": state}
    checkpoint = parse_checkpoint(content)
    assert checkpoint.layout == "pretraining"
    assert checkpoint.source == "state_dict.teacher.backbone."
    key = "norm1.weight"
    assert checkpoint.backbone[key] is teacher[key]
    assert checkpoint.neck == neck
    assert checkpoint.meta["epoch"] == 2
    assert checkpoint.meta["iter"] == 9
    assert checkpoint.meta["center"].mean() == 3


@pytest.mark.parametrize(
    ("content", "layout", "source"),
    [
        (official(), "official", ""),
        (under("backbone.", official()), "official", "backbone."),
        (under("module.backbone.", official()), "official", "backbone."),
        ({"state_dict": under("backbone.", swin())}, "solider_mm", None),
        ({"model": swin()}, "solider_mm", "model"),
        ({"state_dict": under("base.", swin())}, "solider_mm", "state_dict.base."),
        (swin() | {"head.fc.weight": torch.ones(1)}, "solider_mm", ""),
    ],
)
def test_layouts_with_controllers(content, layout, source):
    checkpoint = parse_checkpoint(content)
    assert checkpoint.layout == layout
    assert source is None or checkpoint.source == source
    assert swin().keys() <= checkpoint.backbone.keys()
    assert checkpoint.neck == {}


def test_imagenet_swin_of_openmmlab():
    state = SwinTransformer(arch=NANO, out_indices=(1,)).state_dict()
    content = {
        "state_dict": under("backbone.", state) | {"head.fc.bias": torch.ones(9)}
    }
    checkpoint = parse_checkpoint(content)
    assert checkpoint.layout == "openmmlab"
    assert checkpoint.backbone.keys() == state.keys()


def test_sizes_are_read_off_the_weights():
    assert infer_arch(swin(window_size=4)) == NANO | {"window_size": 4}


def test_description_is_one_line():
    text = str(parse_checkpoint(training_file_of_the_authors()))
    assert "official format, backbone at 'teacher.backbone.'" in text
    assert "embed_dims 8, depths (1, 2), num_heads (1, 2), window_size 7" in text
    assert "DINO neck of 3 tensors; epoch 7" in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "holds a list"),
        ({"epoch": 3}, "holds no tensors, only epoch"),
        ({"teacher": under("head.", HEAD)}, r"holds no Swin: .* found head\.mlp"),
        (under("a.", swin()) | under("b.", swin()), "more than one Swin"),
        ({"model": {"layers.0.blocks.0.x": torch.ones(1)}}, "Microsoft's naming"),
    ],
)
def test_files_without_a_swin_are_refused(content, message):
    with pytest.raises(ValueError, match=message):
        parse_checkpoint(content)


def test_the_file_is_named_in_the_refusal(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=r"a\.pth: it holds no tensors"):
        read_checkpoint(tmp_path / "a.pth")
