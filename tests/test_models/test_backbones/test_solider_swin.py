import math

import numpy as np
import pytest
import torch
from mmpretrain.models.backbones import SwinTransformer
from torch import nn

from solider_mm.checkpoints import read_checkpoint
from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.models.necks import DINOPretrainNeck
from solider_mm.registry import MODELS

NANO = {"embed_dims": 8, "depths": (2, 2, 2, 1), "num_heads": (1, 2, 2, 4)}
GOLDEN_ARCH = {"embed_dims": 16, "depths": (2, 2, 4, 2), "num_heads": (1, 2, 4, 8)}
STRIDES = [(4, 2, 2, 2), (4, 2, 2, 1), (4, 2, 1, 1)]
ALL = (0, 1, 2, 3)


def nano(**kwargs):
    kwargs = {"arch": NANO, "out_indices": ALL, "drop_path_rate": 0.0} | kwargs
    return SOLIDERSwin(**kwargs)


def images(batch=2, height=64, width=32):
    return torch.randn(batch, 3, height, width)


def their_swin(ours: SOLIDERSwin, arch, strides):
    """mmpretrain's Swin with our weights."""
    merging = [{"downsample_cfg": {"stride": stride}} for stride in strides[1:]]
    theirs = SwinTransformer(
        arch=arch, out_indices=ALL, pad_small_map=True, stage_cfgs=[*merging, {}]
    )
    own = ours.state_dict()
    plain = {key: value for key, value in own.items() if "semantic" not in key}
    theirs.load_state_dict(plain)  # strict: every name is theirs
    theirs.eval()
    return theirs


def make_identity(model: SOLIDERSwin) -> None:
    """A controller that changes nothing: softplus(scale) = 1, shift = 0."""
    control = model.controller
    for stage, scale in control.semantic_embed_w.items():
        shift = control.semantic_embed_b[stage]
        nn.init.zeros_(scale.weight)
        nn.init.constant_(scale.bias, math.log(math.e - 1))
        nn.init.zeros_(shift.weight)
        nn.init.zeros_(shift.bias)


def golden_neck(file: str) -> DINOPretrainNeck:
    neck = DINOPretrainNeck(
        in_channels=128, hidden_channels=64, bottleneck_channels=16, out_channels=32
    )
    neck.load_state_dict(read_checkpoint(file).neck)
    return neck


@pytest.mark.parametrize("size", ["256x128", "128x64", "224x224", "384x128"])
def test_outputs_equal_the_authors(shared, size):
    file = str(shared / "golden/swin_small_checkpoint.pth")
    model = MODELS.build(
        {
            "type": "solider_mm.SOLIDERSwin",
            "arch": GOLDEN_ARCH,
            "out_indices": ALL,
            "init_cfg": {"type": "Pretrained", "checkpoint": file},
        }
    )
    model.init_weights()
    model.eval()
    golden = np.load(shared / "golden/swin_small_outputs.npz")
    x = torch.from_numpy(golden[f"{size}_lam1.0/x"])
    neck = golden_neck(file)
    for weight in (1.0, 0.0, 0.3):
        case = f"{size}_lam{weight}"
        with torch.no_grad():
            maps = model(x, torch.tensor([weight, 1 - weight]))
            pooled = maps[-1].mean((2, 3))
            scores = neck(pooled)
        for i, out in enumerate(maps):
            kept = out[:, ::4, ::4, ::4] if i < 2 else out
            assert np.abs(kept.numpy() - golden[f"{case}/out{i}"]).max() <= 2e-5
        assert np.abs(pooled.numpy() - golden[f"{case}/pooled"]).max() <= 2e-5
        assert np.abs(scores.numpy() - golden[f"{case}/proj"]).max() <= 2e-5


@pytest.mark.parametrize(
    ("arch", "strides"),
    [
        *(("tiny", strides) for strides in STRIDES),
        ("small", STRIDES[1]),
        ("base", STRIDES[0]),
        pytest.param("small", STRIDES[0], marks=pytest.mark.slow),
        pytest.param("small", STRIDES[2], marks=pytest.mark.slow),
        pytest.param("base", STRIDES[1], marks=pytest.mark.slow),
        pytest.param("base", STRIDES[2], marks=pytest.mark.slow),
    ],
)
def test_equals_mmpretrain_with_the_controller_at_identity(arch, strides):
    model = SOLIDERSwin(arch=arch, strides=strides, out_indices=ALL).eval()
    make_identity(model)
    x = images(1, 64, 48)
    with torch.no_grad():
        ours, theirs = model(x, 0.4), their_swin(model, arch, strides)(x)
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert (a - b).abs().max() <= 1e-5


@pytest.mark.parametrize("strides", STRIDES)
def test_equals_mmpretrain_stages_with_the_equation_between_them(strides):
    model = nano(strides=strides).eval()
    for parameter in model.controller.parameters():
        nn.init.normal_(parameter)
    theirs = their_swin(model, NANO, strides)
    x, weight = images(2, 76, 52), torch.tensor([0.2, 0.9])
    condition = torch.stack((weight, 1 - weight), 1)
    with torch.no_grad():
        maps = model(x, weight)
        tokens, size = theirs.patch_embed(x)
        for i, stage in enumerate(theirs.stages):
            tokens, _ = stage(tokens, size, do_downsample=False)
            expected = getattr(theirs, f"norm{i}")(tokens)
            expected = expected.transpose(1, 2).unflatten(2, size)
            assert (maps[i] - expected).abs().max() <= 1e-5
            if stage.downsample is not None:
                tokens, size = stage.downsample(tokens, size)
                scale = nn.functional.softplus(
                    model.controller.semantic_embed_w[str(i)](condition)
                )
                shift = model.controller.semantic_embed_b[str(i)](condition)
                tokens = tokens * scale[:, None] + shift[:, None]


def test_numbers_that_every_clone_can_check():
    model = nano().eval()
    with torch.no_grad():
        for i, parameter in enumerate(model.parameters()):
            wave = torch.arange(parameter.numel(), dtype=torch.double)
            wave = (0.7 * wave + i).sin().view(parameter.shape)
            parameter.copy_(0.5 * wave if parameter.ndim > 1 else 1 + 0.3 * wave)
        x = torch.linspace(-1, 1, 3 * 40 * 24).view(1, 3, 40, 24)
        maps = model(x, 0.3)
    first = [out.flatten()[[0, -1]].tolist() for out in maps]
    assert np.abs(np.array(first) - np.array(FIRST_AND_LAST)).max() <= 2e-4


FIRST_AND_LAST = [
    [-0.54933, 0.26786],
    [0.44059, 2.4491],
    [2.58165, 1.12672],
    [1.73194, 0.35436],
]


@pytest.mark.parametrize(
    ("size", "strides", "sizes"),
    [
        ((256, 128), (4, 2, 2, 2), [(64, 32), (32, 16), (16, 8), (8, 4)]),
        ((572, 384), (4, 2, 2, 1), [(143, 96), (72, 48), (36, 24), (36, 24)]),
        ((384, 288), (4, 2, 1, 1), [(96, 72), (48, 36), (48, 36), (48, 36)]),
        ((256, 192), (4, 2, 2, 2), [(64, 48), (32, 24), (16, 12), (8, 6)]),
    ],
)
def test_map_sizes_of_the_tasks(size, strides, sizes):
    model = nano(strides=strides).eval()
    with torch.no_grad():
        maps = model(images(1, *size), 1.0)
    assert [tuple(out.shape[2:]) for out in maps] == sizes
    assert [out.shape[1] for out in maps] == model.num_features == [8, 16, 32, 64]
    assert all(out.is_contiguous() for out in maps)


def test_map_0_ignores_the_weight_and_the_others_follow_it():
    model, x = nano().eval(), images()
    low, high = model(x, 0.0), model(x, 1.0)
    assert torch.equal(low[0], high[0])
    assert all(
        (a - b).abs().max() > 1e-4 for a, b in zip(low[1:], high[1:], strict=True)
    )


def test_all_spellings_of_a_weight_agree():
    model, x = nano(semantic_weight=0.25).eval(), images()
    expected = model(x, torch.tensor([0.25, 0.25]))
    for weight in (
        None,
        0.25,
        torch.tensor(0.25),
        torch.tensor(0.25, dtype=torch.float64),
        torch.tensor([0.25, 0.25], dtype=torch.float16),
    ):
        assert torch.equal(model(x, weight)[3], expected[3])
    assert torch.equal(model(x, 1)[3], model(x, torch.tensor([1, 1]))[3])


def test_a_mixed_batch_equals_its_images_one_by_one():
    model, x = nano().eval(), images(3)
    weights = torch.tensor([0.0, 0.3, 1.0])
    together = model(x, weights)
    for i in range(3):
        alone = model(x[i : i + 1], weights[i : i + 1])
        for a, b in zip(together, alone, strict=True):
            assert torch.allclose(a[i : i + 1], b, atol=1e-5)


def test_the_weight_gets_the_gradient_of_finite_differences():
    model = nano().double().eval()
    x = images(2, 32, 16).double()
    weight = torch.tensor([0.3, 0.6], dtype=torch.double, requires_grad=True)
    probe = torch.randn(2, 64, 1, 1, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda w: (model(x, w)[3] * probe).sum(), weight)
    scalar = torch.tensor(0.4, dtype=torch.double, requires_grad=True)
    model(x, scalar)[3].square().sum().backward()
    assert scalar.grad != 0


@pytest.mark.parametrize("out_indices", [(0,), (2,), (3,), (1, 3), ALL])
def test_every_parameter_gets_a_gradient(out_indices):
    model = nano(out_indices=out_indices)
    sum(out.square().sum() for out in model(images(), 0.5)).backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None]
    assert idle == []


def test_weights_that_reach_no_output_are_dropped_on_load():
    full = nano().state_dict()
    last = {f"semantic_embed_{x}.3.weight": torch.ones(64, 2) for x in "wb"}
    last |= {f"semantic_embed_{x}.3.bias": torch.ones(64) for x in "wb"}
    model = nano(out_indices=(2,))
    model.load_state_dict(full | last)  # strict
    assert not hasattr(model, "norm3")
    assert len(model.stages) == 3
    x = images()
    whole = nano()
    whole.load_state_dict(full | last)
    expected = whole.eval()(x, 0.5)[2]
    assert torch.allclose(model.eval()(x, 0.5)[0], expected, atol=1e-6)
    assert len(full) + len(last) == len(full | last), "the given dict is not changed"


def test_dropping_works_below_another_module():
    parent = nn.ModuleDict({"backbone": nano(out_indices=(1,))})
    parent.load_state_dict(nn.ModuleDict({"backbone": nano()}).state_dict())


def test_names_that_nobody_knows_still_stop_a_strict_load():
    state = nano().state_dict() | {"stages.0.blocks.9.norm1.weight": torch.ones(8)}
    with pytest.raises(RuntimeError, match=r"Unexpected.*blocks\.9"):
        nano().load_state_dict(state)


def test_tables_of_another_window_are_resized():
    model = nano(window_size=4)
    model.load_state_dict(nano(window_size=7).state_dict())
    attention = model.stages[0].blocks[0].attn["w_msa"]
    assert attention.relative_position_bias_table.shape == (49, 1)
    assert attention.relative_position_index.shape == (16, 16)


def test_checkpointing_changes_no_gradient():
    plain = nano()
    recomputed = nano(with_cp=True)
    recomputed.load_state_dict(plain.state_dict())
    x = images()
    for model in (plain, recomputed):
        model(x, 0.5)[3].square().sum().backward()
    for a, b in zip(plain.parameters(), recomputed.parameters(), strict=True):
        same = (a.grad is None and b.grad is None) or torch.allclose(
            a.grad, b.grad, rtol=1e-4, atol=1e-5
        )
        assert same


def test_frozen_stages_do_not_train():
    model = nano(frozen_stages=2, drop_path_rate=0.1)
    assert model.train() is model
    frozen = {
        n.split(".")[0] for n, p in model.named_parameters() if not p.requires_grad
    }
    assert frozen == {"patch_embed", "stages", "norm0", "norm1"}
    assert [stage.training for stage in model.stages] == [False, False, True, True]
    assert all(p.requires_grad for p in model.stages[2].parameters())
    model(images(), 0.5)[3].sum().backward()
    assert model.patch_embed.projection.weight.grad is None


def test_frozen_stages_0_is_the_patch_embedding():
    model = nano(frozen_stages=0)
    names = [n for n, p in model.named_parameters() if not p.requires_grad]
    assert len(names) == 4
    assert all(name.startswith("patch_embed.") for name in names)


def test_frozen_semantic_holds_the_controllers_alone():
    model = nano(frozen_semantic=True)
    names = {n for n, p in model.named_parameters() if not p.requires_grad}
    assert len(names) == 12
    assert all(name.startswith("controller.semantic_embed_") for name in names)


def test_start_of_training():
    """As in official pretraining: PyTorch's linears (docs/reference.md §P7)."""
    model = SOLIDERSwin(arch="tiny")
    block = model.stages[2].blocks[0]
    fc2 = block.ffn.layers[1]
    assert fc2.weight.shape == (384, 1536)
    assert fc2.weight.std().item() == pytest.approx((3 * 1536) ** -0.5, rel=0.01)
    assert model.controller.semantic_embed_w["1"].weight.std().item() == pytest.approx(
        0.02, rel=0.1
    )
    assert not block.attn["w_msa"].relative_position_bias_table.any()
    assert not model.controller.semantic_embed_b["2"].bias.any()


@pytest.mark.parametrize(
    ("arch", "numbers", "semantic"),
    [("tiny", 27.53, 12672), ("small", 48.85, 12672), ("base", 86.76, 16896)],
)
def test_sizes_with_the_last_controller_added(arch, numbers, semantic):
    with torch.device("meta"):
        model = SOLIDERSwin(arch=arch, out_indices=ALL)
    last = 2 * 3 * model.num_features[3]
    total = sum(p.numel() for p in model.parameters()) + last
    assert total / 1e6 == pytest.approx(numbers, abs=0.006)
    own = sum(p.numel() for n, p in model.named_parameters() if "semantic" in n)
    assert own + last == semantic


def test_drop_path_rises_over_all_blocks():
    model = SOLIDERSwin(arch=NANO, drop_path_rate=0.3)
    rates = [block.drop_path.p for stage in model.stages for block in stage.blocks]
    assert rates == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])


def test_bfloat16_autocast_stays_close():
    model, x = nano().eval(), images()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        low = model(x, torch.tensor([0.0, 1.0]))
    with torch.no_grad():
        high = model(x, torch.tensor([0.0, 1.0]))
    for a, b in zip(low, high, strict=True):
        assert (a - b).abs().max() < 0.15
    with torch.autocast("cpu", torch.bfloat16):
        loss = model(x, 0.5)[3].float().square().mean()
    loss.backward()
    assert all(
        p.grad.isfinite().all()
        for n, p in model.named_parameters()
        if p.grad is not None
    )


@pytest.mark.skipif(
    not hasattr(torch.export, "Dim"), reason="this torch exports fixed sizes only"
)
def test_exports_with_any_batch():
    model = nano().eval()
    batch = torch.export.Dim("batch", min=1, max=32)
    program = torch.export.export(
        model, (images(), torch.rand(2)), dynamic_shapes=({0: batch}, {0: batch})
    )
    x, weight = images(5), torch.rand(5)
    with torch.no_grad():
        for a, b in zip(program.module()(x, weight), model(x, weight), strict=True):
            assert torch.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("weight", [1.5, -0.1, float("nan")])
def test_a_number_outside_0_to_1_is_refused(weight):
    with pytest.raises(ValueError, match=r"semantic_weight.*\[0, 1\]"):
        nano()(images(), weight)
    with pytest.raises(ValueError, match=r"semantic_weight.*\[0, 1\]"):
        nano(semantic_weight=weight)


@pytest.mark.parametrize("shape", [(3,), (1,), (2, 1)])
def test_a_tensor_of_the_wrong_length_is_refused(shape):
    with pytest.raises(ValueError, match="the batch holds 2 images"):
        nano()(images(), torch.rand(shape))


def test_a_missing_weight_is_refused():
    with pytest.raises(ValueError, match="no semantic_weight"):
        nano()(images())


@pytest.mark.parametrize("shape", [(1, 3, 3, 8), (1, 3, 8, 3), (3, 8, 8)])
def test_pictures_smaller_than_a_patch_are_refused(shape):
    with pytest.raises(ValueError, match="at least one patch, 4 pixels"):
        nano()(torch.randn(shape), 0.5)


def test_pictures_of_one_patch_work():
    assert nano()(images(1, 4, 4), 0.5)[3].shape == (1, 64, 1, 1)


def test_unknown_options_are_refused():
    with pytest.raises(TypeError, match="windo_size"):
        MODELS.build({"type": "solider_mm.SOLIDERSwin", "windo_size": 7})


def test_several_weights_agree_with_single_ones():
    model = nano().eval()
    x, weights = images(), [0.0, 0.3, torch.tensor([0.2, 1.0])]
    calls = []
    model.stages[0].register_forward_hook(lambda *_: calls.append(1))
    together = model.forward_weights(x, weights)
    assert len(calls) == 1
    for maps, weight in zip(together, weights, strict=True):
        for ours, expected in zip(maps, model(x, weight), strict=True):
            assert torch.equal(ours, expected)
    with pytest.raises(ValueError, match="outside"):
        model.forward_weights(x, [0.5, 2.0])


def test_map_is_the_output_of_a_module_for_activation_maps() -> None:
    """mmpretrain's CAM tool hooks `backbone.to_map`; norms have no map to show."""
    backbone = MODELS.build(dict(type="solider_mm.SOLIDERSwin", arch="nano"))
    seen = []
    backbone.to_map.register_forward_hook(lambda _, __, output: seen.append(output))
    (last,) = backbone(torch.randn(2, 3, 64, 32), 0.5)
    assert seen[-1] is last and last.shape == (2, 160, 8, 4)
    (gradient,) = torch.autograd.grad(last.square().sum(), seen[-1])
    assert torch.equal(gradient, 2 * last)
    assert not any(name.startswith("to_map") for name in backbone.state_dict())
