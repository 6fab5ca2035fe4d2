"""timm's interfaces of the λ-Swins."""

import pytest
import torch
import torch.nn.functional as F

timm = pytest.importorskip("timm", reason="needs the extra [timm]")

from timm.data import resolve_data_config  # noqa: E402
from timm.optim import create_optimizer_v2  # noqa: E402
from timm.scheduler import create_scheduler_v2  # noqa: E402

import solider_mm.timm_models  # noqa: E402, F401  registers the models
from solider_mm.models.backbones import SOLIDERSwin  # noqa: E402

SIZES = {"nano": 3, "mini": 3, "tiny": 4, "small": 4, "base": 4}
CHANNELS = {"nano": 160, "mini": 256, "tiny": 768, "small": 768, "base": 1024}


@pytest.fixture(scope="module")
def images():
    return torch.randn(2, 3, 64, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def nano():
    return timm.create_model(
        "solider_swin_nano", pretrained=True, num_classes=0, semantic_weight=0.2
    ).eval()


@pytest.mark.parametrize("arch", SIZES)
def test_every_size_is_registered(arch):
    with torch.device("meta"):
        model = timm.create_model(f"solider_swin_{arch}", num_classes=5)
    assert model.num_features == CHANNELS[arch]
    assert len(model.feature_info) == SIZES[arch]
    assert model.get_classifier().out_features == 5


def test_pretrained_nano_equals_the_embedded_backbone(nano, images):
    expected = SOLIDERSwin.from_pretrained("embedded")
    with torch.no_grad():
        for weight in (0.0, torch.tensor([0.3, 1.0])):
            pooled = expected(images, weight)[-1].mean((2, 3))
            torch.testing.assert_close(nano(images, semantic_weight=weight), pooled)
        pooled = expected(images, 0.2)[-1].mean((2, 3))
        torch.testing.assert_close(nano(images), pooled)


def test_semantic_weight_is_required(images):
    model = timm.create_model("solider_swin_nano", num_classes=2)
    with pytest.raises(ValueError, match="no semantic_weight"):
        model(images)


def test_features_only_takes_semantic_weight_per_call(nano, images):
    model = timm.create_model(
        "solider_swin_nano", pretrained=True, features_only=True, semantic_weight=0.2
    ).eval()
    assert model.feature_info.channels() == [40, 80, 160]
    assert model.feature_info.reduction() == [4, 8, 8]
    expected = SOLIDERSwin.from_pretrained("embedded", out_indices=(0, 1, 2))
    with torch.no_grad():
        for weight in (0.2, 1.0):
            torch.testing.assert_close(
                model(images, semantic_weight=weight), list(expected(images, weight))
            )
        torch.testing.assert_close(model(images), list(expected(images, 0.2)))
    chosen = timm.create_model(
        "solider_swin_nano", features_only=True, out_indices=(2,), semantic_weight=1.0
    )
    assert [one.shape for one in chosen(images)] == [(2, 160, 8, 4)]


def test_forward_intermediates(nano, images):
    with torch.no_grad():
        last, maps = nano.forward_intermediates(images, semantic_weight=1.0)
        assert [one.shape[1] for one in maps] == [40, 80, 160]
        assert torch.equal(last, maps[-1])
        (only,) = nano.forward_intermediates(
            images, indices=[1], intermediates_only=True, semantic_weight=1.0
        )
    assert torch.equal(only, maps[1])
    with pytest.raises(ValueError, match="expected 'NCHW'"):
        nano.forward_intermediates(images, output_fmt="NLC")


def test_data_config_has_size_mean_and_std(nano):
    config = resolve_data_config({}, model=nano)
    assert config["input_size"] == (3, 64, 32)
    assert config["mean"] == pytest.approx((0.485, 0.456, 0.406))
    assert config["std"] == pytest.approx((0.229, 0.224, 0.225), abs=1e-3)


def test_training_loop_of_timm(images):
    model = timm.create_model(
        "solider_swin_nano", num_classes=2, semantic_weight=0.5, drop_path_rate=0.1
    )
    optimizer = create_optimizer_v2(model, opt="adamw", lr=3e-3, layer_decay=0.8)
    scheduler, _ = create_scheduler_v2(optimizer, sched="cosine", num_epochs=3)
    losses = []
    for step in range(3):
        loss = F.cross_entropy(model(images), torch.tensor([0, 1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step(step + 1)
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    controller = model.backbone.controller.semantic_embed_w["0"].weight
    assert controller.grad.abs().max() > 0


def test_classifier_can_be_replaced(nano, images):
    model = timm.create_model("solider_swin_nano", num_classes=2, semantic_weight=0.0)
    model.reset_classifier(7)
    assert model(images).shape == (2, 7)
    model.reset_classifier(0, "")
    assert model(images).shape == (2, 160, 8, 4)
