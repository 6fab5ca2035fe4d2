import pytest
import torch
from mmpretrain.models.backbones import SwinTransformer
from torch import nn

from solider_mm.checkpoints import load_backbone, require_complete
from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.registry import MODELS

NANO = {"embed_dims": 8, "depths": (2, 2, 2, 1), "num_heads": (1, 2, 2, 4)}


def swin(**kwargs):
    return SOLIDERSwin(**{"arch": NANO, "out_indices": (0, 1, 2, 3)} | kwargs)


def save(path, model, prefix="backbone.", **extra):
    weights = {prefix + key: value for key, value in model.state_dict().items()}
    torch.save({"state_dict": weights | extra}, path)
    return path


@pytest.fixture
def lines(monkeypatch):
    """Lines that were logged."""
    logged = []
    monkeypatch.setattr(
        "solider_mm.checkpoints.loading.print_log",
        lambda text, **_: logged.append(text),
    )
    return logged


def test_loads_all_weights_and_logs_one_line(tmp_path, lines):
    source, target = swin(), swin()
    path = save(tmp_path / "a.pth", source, "teacher.backbone.")
    load_backbone(target, path)
    for key, value in source.state_dict().items():
        assert torch.equal(target.state_dict()[key], value)
    count = len(source.state_dict())
    assert len(lines) == 1
    assert (
        f"pretraining format, state_dict.teacher.backbone.): {count} of {count}"
        in (lines[0])
    )


def test_init_cfg_loads_only_on_init_weights(tmp_path):
    source = swin()
    path = save(tmp_path / "a.pth", source)
    cfg = {"type": "Pretrained", "checkpoint": str(path), "prefix": "backbone."}
    for init_cfg in (cfg, [cfg]):
        model = MODELS.build(
            {"type": "solider_mm.SOLIDERSwin", "arch": NANO, "init_cfg": init_cfg}
        )
        before = model.patch_embed.projection.weight.clone()
        model.init_weights()
        assert not torch.equal(before, model.patch_embed.projection.weight)
        own = model.state_dict()
        assert all(torch.equal(own[k], source.state_dict()[k]) for k in own)


def test_log_names_dropped_and_new_modules(tmp_path, lines):
    path = save(tmp_path / "a.pth", swin(out_indices=(1, 3)))
    load_backbone(swin(out_indices=(0, 1, 2)), path)
    assert (
        "dropped because no output depends on them: stages.2.downsample.norm"
        in lines[0]
    )
    assert "semantic_embed_w.2" in lines[0]
    assert lines[0].endswith("randomly initialized: norm0, norm2")


def test_imagenet_weights_leave_controllers_initialized(tmp_path, lines):
    theirs = SwinTransformer(arch=NANO, pad_small_map=True)
    path = save(tmp_path / "a.pth", theirs, **{"head.fc.weight": torch.ones(9, 64)})
    model = swin()
    load_backbone(model, path)
    assert torch.equal(model.norm3.weight, theirs.norm3.weight)
    assert "openmmlab format" in lines[0]
    assert "randomly initialized: semantic_embed_w.0" in lines[0]


def test_resizes_tables_of_another_window_size(tmp_path):
    path = save(tmp_path / "a.pth", swin())
    model = swin(window_size=12)
    load_backbone(model, path)
    table = model.stages[0].blocks[0].attn["w_msa"].relative_position_bias_table
    assert table.shape == (529, 1)


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        (
            NANO | {"embed_dims": 16},
            r"projection\.weight is \(8, 3, 4, 4\) in the file, \(16, 3, 4, 4\) was",
        ),
        (
            NANO | {"depths": (2, 2, 4, 1)},
            r"\d+ weights are not in the file, the first is stages\.2\.blocks\.2\.",
        ),
        (
            NANO | {"depths": (2, 2, 1, 1)},
            r"\d+ weights are unknown to the model, "
            r"the first is stages\.2\.blocks\.1\.",
        ),
        (
            NANO | {"num_heads": (1, 2, 4, 4)},
            r"bias_table is \(169, 2\).*\(169, 4\) was",
        ),
    ],
)
def test_refuses_other_arch_and_names_both_sizes(tmp_path, arch, message):
    path = save(tmp_path / "a.pth", swin())
    model = swin(arch=arch)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=message) as error:
        load_backbone(model, path)
    assert "The file holds embed_dims 8, depths (2, 2, 2, 1)" in str(error.value)
    own = model.state_dict()
    assert all(torch.equal(own[key], value) for key, value in before.items())


def test_refuses_checkpoint_without_swin(tmp_path):
    torch.save({"head.fc.weight": torch.ones(3, 8)}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=r"holds no Swin.*found head\.fc\.weight"):
        load_backbone(swin(), tmp_path / "a.pth")


def test_missing_file_is_named(tmp_path):
    cfg = {"type": "Pretrained", "checkpoint": str(tmp_path / "gone.pth")}
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        swin(init_cfg=cfg).init_weights()


def two_layers() -> nn.Module:
    return nn.ModuleDict({"backbone": nn.Linear(4, 3), "head": nn.Linear(3, 2)})


@pytest.mark.parametrize("prefix", ["", "module."])
def test_accepts_complete_checkpoint(tmp_path, prefix: str) -> None:
    path = tmp_path / "whole.pth"
    weights = {
        prefix + name: value for name, value in two_layers().state_dict().items()
    }
    torch.save({"state_dict": weights, "meta": {}}, path)
    require_complete(two_layers(), path)


def test_refuses_backbone_and_names_missing_module(tmp_path) -> None:
    path = tmp_path / "backbone.pth"
    weights = {k: v for k, v in two_layers().state_dict().items() if "backbone" in k}
    torch.save({"state_dict": weights}, path)
    with pytest.raises(
        ValueError, match=r"lacks 2 of the model's 4 .* in head \(first"
    ):
        require_complete(two_layers(), path)


def test_refuses_other_shape_and_names_both(tmp_path) -> None:
    path = tmp_path / "large.pth"
    large = nn.ModuleDict({"backbone": nn.Linear(4, 3), "head": nn.Linear(3, 5)})
    torch.save(large.state_dict(), path)
    with pytest.raises(
        ValueError, match=r"head.weight of shape \(5, 3\).*\(2, 3\), and 1"
    ):
        require_complete(two_layers(), path)


def test_require_complete_names_missing_file(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth"):
        require_complete(two_layers(), tmp_path / "nowhere.pth")
