"""Algorithm 1: lean and literal, each term, each switch."""

import math
import warnings

import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict
from torch import Tensor

from solider_mm.models.selfsup import solider
from solider_mm.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS


def _run(model: torch.nn.Module, views: list[Tensor]) -> tuple[dict, list[Tensor]]:
    """Losses and gradients of one step with a fixed seed and center."""
    model.zero_grad()
    model.head.center.zero_()
    torch.manual_seed(5)
    outputs = model.loss(views)
    (outputs["loss_dino"] + outputs["loss_semantic"]).backward()
    gradients = [p.grad.clone() for p in model.parameters() if p.requires_grad]
    return outputs, gradients


@pytest.mark.parametrize("variant", ["paper", "official", "directions"])
@pytest.mark.parametrize("mask_parts", [True, False])
@pytest.mark.parametrize("sampling", ["binary", "uniform"])
def test_lean_and_literal_paths_agree(
    solider_config: dict,
    views: list[Tensor],
    sampling: str,
    mask_parts: bool,
    variant: str,
) -> None:
    solider_config["semantic_head"]["variant"] = variant
    solider_config.update(semantic_weight_sampling=sampling, mask_parts=mask_parts)
    model = MODELS.build(solider_config)
    lean, lean_gradients = _run(model, views)
    assert lean["loss_semantic"] > 0
    model.lean = False
    literal, literal_gradients = _run(model, views)
    for name in ("loss_dino", "loss_semantic"):
        torch.testing.assert_close(lean[name], literal[name], rtol=1e-5, atol=1e-7)
    for ours, expected in zip(lean_gradients, literal_gradients, strict=True):
        scale = expected.abs().max().item()
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5 * scale)


def test_total_is_the_weighted_sum_of_both_terms(
    solider_config: dict, views: list[Tensor]
) -> None:
    outputs = {}
    for alpha in (1.0, 0.5, 0.0):
        torch.manual_seed(0)
        model = MODELS.build({**solider_config, "alpha": alpha})
        outputs[alpha], _ = _run(model, views)
    for name in ("loss_dino", "loss_semantic"):
        mean = (outputs[1.0][name] + outputs[0.0][name]) / 2
        torch.testing.assert_close(outputs[0.5][name], mean)
    assert outputs[1.0]["loss_semantic"] == 0
    assert outputs[0.0]["loss_dino"] == 0
    log_vars = outputs[0.5]
    torch.testing.assert_close(
        log_vars["dino_cross_entropy"], outputs[1.0]["loss_dino"].detach()
    )
    assert log_vars["semantic_cross_entropy"].item() < 2 * math.log(4)


@pytest.mark.parametrize(("weight", "share"), [(1.0, 0.25), (0.0, 1.0), (0.5, 0.625)])
def test_discount_reduces_the_dino_loss_by_the_weight(
    solider_config: dict,
    views: list[Tensor],
    monkeypatch: pytest.MonkeyPatch,
    weight: float,
    share: float,
) -> None:
    fixed = torch.full((6,), weight)
    monkeypatch.setattr(solider, "sample_semantic_weight", lambda *_: fixed)
    model = MODELS.build(solider_config)
    paper, _ = _run(model, views)
    model.dino_discount = 0.75
    reduced, _ = _run(model, views)
    torch.testing.assert_close(reduced["loss_dino"], share * paper["loss_dino"])
    torch.testing.assert_close(reduced["loss_semantic"], paper["loss_semantic"])


def test_labels_of_the_start_do_not_follow_the_teacher(
    solider_config: dict, views: list[Tensor]
) -> None:
    solider_config["target_generator"]["min_foreground"] = 0.0  # keeps all
    model = MODELS.build({**solider_config, "label_source": "start"})
    model.init_weights()
    images, weights = torch.cat(views[:2]), torch.ones(6)

    def labels() -> Tensor:
        maps = model.encode_teacher(views[:2], [torch.ones(6)] * 2)
        return model.label_parts(images, maps, weights)[1]

    first = labels()
    expected, _ = model.target_generator(model.teacher["backbone"](images, 1.0)[-1])
    assert torch.equal(first, expected)
    for parameter in model.teacher.parameters():
        parameter.normal_()
    assert torch.equal(labels(), first)
    assert not any(parameter.requires_grad for parameter in model.labeler.parameters())
    assert not model.train().labeler.training


def test_the_teacher_of_the_first_stage_becomes_the_labeler(
    dino_config: dict, solider_config: dict
) -> None:
    first = MODELS.build(dino_config)
    for parameter in first.teacher.parameters():
        parameter.normal_()
    model = MODELS.build({**solider_config, "label_source": "start"})
    load_state_dict(model, first.state_dict())
    for name, value in first.teacher["backbone"].state_dict().items():
        assert torch.equal(model.labeler.state_dict()[name], value)
    # A resumed run keeps its labeler, whatever its teacher has become.
    for parameter in model.teacher.parameters():
        parameter.zero_()
    other = MODELS.build({**solider_config, "label_source": "start"})
    load_state_dict(other, model.state_dict())
    assert all(
        torch.equal(value, other.labeler.state_dict()[name])
        for name, value in model.labeler.state_dict().items()
    )


def test_without_semantic_images_the_semantic_term_is_an_attached_zero(
    solider_config: dict, views: list[Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        solider, "sample_semantic_weight", lambda count, _: torch.zeros(count)
    )
    model = MODELS.build(solider_config)
    outputs, gradients = _run(model, views)
    assert outputs["loss_semantic"].item() == 0
    assert outputs["kept_fraction"].item() == 0
    head = [p.grad for p in model.semantic_head.parameters()]
    assert all(gradient is not None and not gradient.any() for gradient in head)
    assert any(gradient.any() for gradient in gradients)


def test_lean_path_runs_the_teacher_once_if_weights_are_binary(
    solider_config: dict, views: list[Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = MODELS.build(solider_config)
    sizes: list[int] = []
    teacher = model.teacher["backbone"]
    teacher.register_forward_hook(lambda _, args, output: sizes.append(len(args[0])))
    forward_sizes = teacher.forward_sizes

    def counted(images: list[Tensor], weights: list[Tensor]) -> list[Tensor]:
        sizes.extend(map(len, images))
        return forward_sizes(images, weights)

    monkeypatch.setattr(teacher, "forward_sizes", counted)
    model.loss(views)
    assert sizes == [12]  # both global views together
    model.lean = False
    model.loss(views)
    assert sizes == [12, 12, 12]


def test_part_of_each_labeled_view_is_masked(
    solider_config: dict, views: list[Tensor]
) -> None:
    model = MODELS.build(solider_config)
    images = torch.cat(views[:2])
    labeled_idx = torch.tensor([1, 4])
    labels = torch.zeros(2, 8, 4, dtype=torch.long)
    labels[0, :2], labels[1, 6:] = 2, 3  # one part each: no choice
    masked = model.mask_random_part(images, labeled_idx, labels)
    assert not masked[0, :, :16].any()
    torch.testing.assert_close(masked[0, :, 16:], images[1, :, 16:], rtol=0, atol=0)
    assert not masked[1, :, 48:].any()
    torch.testing.assert_close(masked[1, :, :48], images[4, :, :48], rtol=0, atol=0)


def test_mean_over_kept_images_is_larger_by_their_share(
    solider_config: dict, views: list[Tensor]
) -> None:
    """`'images'` divides by all global views, `'kept'` by the labeled ones."""
    solider_config["target_generator"]["min_foreground"] = 0.5
    torch.manual_seed(0)
    model = MODELS.build({**solider_config, "lean": False, "semantic_mean": "kept"})
    kept, _ = _run(model, views)
    model.semantic_mean = "images"
    images, _ = _run(model, views)
    ratio = images["loss_semantic"] / kept["loss_semantic"]
    torch.testing.assert_close(ratio.detach(), kept["kept_fraction"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (dict(alpha=2), "alpha=2"),
        (dict(dino_discount=-1), "dino_discount=-1"),
        (dict(label_source="end"), "label_source='end' is unknown"),
        (dict(semantic_weight_sampling="half"), "'half' is unknown"),
        (dict(semantic_mean="all"), "'all' is unknown"),
        (dict(semantic_mean="kept"), "lean=False"),
    ],
)
def test_bad_options_are_refused(
    solider_config: dict, option: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        MODELS.build({**solider_config, **option})


def test_different_numbers_of_parts_are_refused(solider_config: dict) -> None:
    solider_config["target_generator"]["num_parts"] = 4
    message = r"target_generator\.num_parts=4 and semantic_head\.num_parts=3 differ"
    with pytest.raises(ValueError, match=message):
        MODELS.build(solider_config)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_step_waits_for_the_device_once(
    solider_config: dict, views: list[Tensor], dtype: str
) -> None:
    """Only to know how many images are kept; not for the loss, clipping or the log."""
    model = MODELS.build(solider_config).cuda()
    kind = "PretrainAmpOptimWrapper" if dtype == "float16" else "PretrainOptimWrapper"
    config = dict(
        type=f"solider_mm.{kind}",
        dtype=dtype,
        optimizer=dict(type="AdamW", lr=1e-5),
        clip_grad=dict(type="per_tensor", max_norm=3.0),
    )
    constructor = dict(
        type="solider_mm.PretrainOptimWrapperConstructor", optim_wrapper_cfg=config
    )
    wrapper = OPTIM_WRAPPER_CONSTRUCTORS.build(constructor)(model)
    batch = {"inputs": [view.pin_memory() for view in views], "data_samples": None}
    for _ in range(3):  # allocations and layouts of the first steps may wait
        model.train_step(batch, wrapper)
        model.update_teacher(0.9)
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.train_step(batch, wrapper)
            model.update_teacher(0.9)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    waits = [str(w.message) for w in caught if "synchronizing" in str(w.message)]
    assert len(waits) <= 1, waits
