"""Both sides of the pretraining benchmarks do the same job."""

import pytest
import torch

from benchmarks.crops import synthetic_seed
from benchmarks.pretraining import (
    build_literal,
    build_ours,
    build_solider,
    normalized,
)
from solider_mm.models.selfsup.multi_crop import encode_views

NANO = {"embed_dims": 8, "depths": (1, 2, 1, 1), "num_heads": (1, 2, 2, 4)}
BATCH = 4


@pytest.fixture(scope="module")
def views():
    """Two global and two local views of four images, smooth, as the loader's."""
    generator = torch.Generator().manual_seed(0)
    views = []
    for height, width in ((256, 128),) * 2 + ((128, 64),) * 2:
        coarse = torch.rand(BATCH, 3, 8, 4, generator=generator) * 255
        views.append(
            torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
            .clamp(0, 255)
            .byte()
        )
    return views


@pytest.fixture
def model():
    return build_solider(NANO, 32, drop_path_rate=0.0)


@pytest.fixture
def literal(model):
    return build_literal(model, 4, drop_path_rate=0.0)


def test_maps_of_student_and_teacher_agree(model, literal, views):
    inputs, weight = normalized(model, views), torch.tensor([0.0, 1.0, 0.3, 1.0])
    with torch.no_grad():
        for ours, theirs in (
            (model.backbone, literal.student),
            (model.teacher["backbone"], literal.teacher),
        ):
            own = torch.cat(encode_views(ours, inputs[:2], [weight] * 2))
            _, maps = theirs.encode(inputs, [weight] * 4)
            torch.testing.assert_close(own, maps, rtol=0, atol=1e-5)


def test_dino_loss_and_its_gradients_agree(model, literal, views):
    model.head.center.normal_(std=0.1)
    literal.dino_loss.center = model.head.center.clone()
    inputs = normalized(model, views)
    seed, weight = synthetic_seed(3, BATCH)
    torch.manual_seed(seed)
    ours = model.loss(inputs)
    dino, _ = literal.forward(inputs, weight)
    own = ours["loss_dino"] / model.alpha
    torch.testing.assert_close(own, dino, rtol=0, atol=1e-5)
    assert ours["semantic_weight_mean"] == weight.mean() == 0.5
    torch.testing.assert_close(model.head.center, literal.dino_loss.center)
    own.backward()
    dino.backward()
    theirs = dict(literal.student.backbone.named_parameters())
    for name, parameter in model.backbone.named_parameters():
        torch.testing.assert_close(
            parameter.grad,
            theirs[name.removeprefix("controller.")].grad,
            rtol=1e-3,
            atol=1e-6,
        )


def test_both_keep_the_same_images(model, literal, views):
    inputs = normalized(model, views)
    ones = torch.ones(BATCH)
    maps = literal.label_pass(inputs[:2])
    own = torch.cat(model.encode_teacher(inputs[:2], [ones] * 2))
    torch.testing.assert_close(own, maps, rtol=0, atol=1e-5)
    _, kept = literal.cluster(maps)
    _, own_kept = model.target_generator(own)
    assert kept.tolist() == own_kept.nonzero().flatten().tolist()
    assert 0 < len(kept) < 2 * BATCH
    assert literal.kept_share == len(kept) / (2 * BATCH)


def test_the_literal_step_trains_the_student_alone(model, literal, views):
    for group in literal.optimizer.param_groups:
        group["lr"] = 1e-3
    before = {
        name: [p.detach().clone() for p in module.parameters()]
        for name, module in (
            ("student", literal.student),
            ("teacher", literal.teacher),
            ("parts", literal.part_classifier),
        )
    }
    inputs, (_, weight) = normalized(model, views), synthetic_seed(0, BATCH)
    losses = [literal.step(inputs, weight, momentum=0.75) for _ in range(2)]
    assert losses[0]["semantic"] > 0
    after = list(literal.student.parameters())
    assert any(
        not torch.equal(a, b) for a, b in zip(before["student"], after, strict=True)
    )
    for a, b in zip(before["parts"], literal.part_classifier.parameters(), strict=True):
        assert torch.equal(a, b)  # docs/reference.md §P1
    assert not any(p.requires_grad for p in literal.teacher.parameters())
    moved = zip(before["teacher"], literal.teacher.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in moved)


def test_gradients_of_the_part_classifier_are_never_cleared(model, literal, views):
    inputs, (_, weight) = normalized(model, views), synthetic_seed(0, BATCH)
    classifier = literal.part_classifier.mlp[0].weight
    literal.step(inputs, weight)
    once = classifier.grad.norm().item()
    literal.step(inputs, weight)
    assert classifier.grad.norm().item() > 1.5 * once


def test_a_batch_without_foreground_stops_as_the_released_code_does(
    model, literal, monkeypatch, views
):
    monkeypatch.setattr(
        "benchmarks.reference.training_step.label_crops",
        lambda maps, parts: (torch.zeros(0, 8, 4).numpy(), torch.zeros(0).numpy()),
    )
    with pytest.raises(ValueError, match=r"docs/reference.md §P4"):
        literal.step(normalized(model, views), torch.ones(BATCH))


def test_our_step_is_the_recipes(model, views):
    ours = build_ours(model)
    wrapper = ours.optim_wrapper
    assert type(wrapper).__name__ == "PretrainOptimWrapper"
    assert wrapper.clip_grad_kwargs == {"max_norm": 3.0}
    assert wrapper.optimizer.param_groups[0]["weight_decay"] == 0.04
    before = [p.clone() for p in model.backbone.parameters()]
    figures = ours.step(views, seed=synthetic_seed(0, BATCH)[0])
    assert figures["loss_semantic"] > 0
    assert figures["semantic_weight_mean"] == 0.5
    for a, b in zip(before, model.backbone.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-8)  # the next round's network
    assert build_ours(model, "bf16").optim_wrapper.dtype is torch.bfloat16


@pytest.mark.parametrize("batch_size", [1, 2, 7, 8])
def test_half_of_the_images_have_the_weight_1(batch_size):
    for number in (-2, 0, 5):
        seed, weight = synthetic_seed(number, batch_size)
        assert abs(weight.sum().item() - batch_size / 2) <= 0.5
        torch.manual_seed(seed)
        assert torch.equal((torch.rand(batch_size) < 0.5).float(), weight)
