"""DINO with a λ-conditioned backbone."""

import pytest
import torch
from mmengine.registry import DefaultScope
from torch import Tensor

from solider_mm.registry import MODELS


def test_teacher_is_a_copy_of_the_student_without_gradients(
    dino_config: dict, views: list[Tensor]
) -> None:
    model = MODELS.build(dino_config)
    model.init_weights()
    for name in ("backbone", "neck"):
        student, teacher = getattr(model, name).state_dict(), model.teacher[name]
        for key, value in teacher.state_dict().items():
            torch.testing.assert_close(value, student[key], rtol=0, atol=0)
    model.loss(views)["loss_dino"].backward()
    assert all(p.grad is None for p in model.teacher.parameters())
    trainable = [p for p in model.parameters() if p.requires_grad]
    assert all(p.grad is not None for p in trainable)


@pytest.mark.parametrize("preprocessor", [None, {"mean": [1.0], "std": [2.0]}])
def test_preprocessor_without_type_is_found_in_our_scope(
    dino_config: dict, preprocessor: dict | None
) -> None:
    with DefaultScope.overwrite_default_scope("solider_mm"):
        model = MODELS.build({**dino_config, "data_preprocessor": preprocessor})
    assert type(model.data_preprocessor).__name__ == "SelfSupDataPreprocessor"
    batch = {"inputs": [torch.full((2, 1, 4, 4), 3.0)], "data_samples": None}
    (view,) = model.data_preprocessor(batch)["inputs"]
    assert view.unique().tolist() == [1.0 if preprocessor else 3.0]


def test_update_averages_teacher_and_student(dino_config: dict) -> None:
    model = MODELS.build(dino_config)
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.add_(torch.randn_like(parameter))
    student = [p.clone() for p in model.backbone.parameters()]
    before = [p.clone() for p in model.teacher["backbone"].parameters()]
    model.update_teacher(0.9)  # the first step is an average too, not a copy
    after = model.teacher["backbone"].parameters()
    for old, target, new in zip(before, student, after, strict=True):
        torch.testing.assert_close(new, 0.9 * old + 0.1 * target)
    with pytest.raises(ValueError, match=r"momentum=1\.1"):
        model.update_teacher(1.1)


def test_loss_updates_the_center_but_not_the_teacher(
    dino_config: dict, views: list[Tensor]
) -> None:
    model = MODELS.build(dino_config)
    before = [p.clone() for p in model.teacher.parameters()]
    center = model.head.center.clone()
    model.loss(views)
    for old, new in zip(before, model.teacher.parameters(), strict=True):
        torch.testing.assert_close(old, new, rtol=0, atol=0)
    assert not torch.equal(center, model.head.center)


def test_teacher_stays_in_evaluation_mode(dino_config: dict) -> None:
    dino_config["backbone"]["drop_path_rate"] = 0.5
    model = MODELS.build(dino_config).train()
    assert model.backbone.training
    assert not any(module.training for module in model.teacher.modules())


def test_extract_feat_returns_maps_of_the_teacher(dino_config: dict) -> None:
    model = MODELS.build(dino_config)
    model.teacher["backbone"].requires_grad_(False)
    image = torch.randn(2, 3, 64, 32)
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.zero_()
        features = model.extract_feat(image, 0.7)[-1]
        expected = model.teacher["backbone"](image, 0.7)[-1]
    torch.testing.assert_close(features, expected)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (dict(semantic_weight=1.5), r"semantic_weight=1\.5 is outside"),
        (dict(num_global_views=0), "num_global_views=0"),
    ],
)
def test_bad_options_are_refused(dino_config: dict, option: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MODELS.build({**dino_config, **option})
