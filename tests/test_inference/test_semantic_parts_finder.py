import numpy as np
import pytest
import torch
from torch import nn

from solider_mm.functional.image_batch import image_batch
from solider_mm.inference import SemanticPartsFinder
from solider_mm.models import SemanticClusterer, SOLIDERSwin

TINY = {"embed_dims": 16, "depths": (1, 1, 1, 1), "num_heads": (1, 2, 4, 8)}


class Means(nn.Module):
    """The mean of every image as a map of one token, plus λ."""

    def forward(self, images, semantic_weight):
        return None, images.mean(dim=(1, 2, 3), keepdim=True) + semantic_weight


class Counter(nn.Module):
    num_parts = 2

    def forward(self, features):
        return (features[:, 0] > 0.5).long(), features[:, 0, 0, 0] > 0


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (h, 20, 3), dtype=np.uint8) for h in (40, 30, 50)]


def test_order_weights_and_progress():
    pictures = [np.full((4, 4, 3), value, np.uint8) for value in (0, 255, 0, 255, 0)]
    inferencer = SemanticPartsFinder(
        Means(), Counter(), size=(8, 4), batch_size=2, device="cpu"
    )
    steps = []
    parts = inferencer(pictures, 0.5, progress=steps.append)
    assert parts.semantic_weight == 0.5
    assert parts.semantic_labels.shape == (5, 1, 1)
    assert parts.semantic_labels.ravel().tolist() == [0, 1, 0, 1, 0]
    assert parts.kept.tolist() == [False, True, False, True, False]
    assert steps == [2, 2, 1]
    assert inferencer.num_parts == 2


def test_equals_backbone_and_clusterer(images):
    torch.manual_seed(0)
    backbone = SOLIDERSwin(arch=TINY).eval()
    clusterer = SemanticClusterer(num_parts=2, num_restarts=2)
    inferencer = SemanticPartsFinder(
        backbone, clusterer, size=(96, 64), batch_size=2, device="cpu"
    )
    parts = inferencer(images, 0.3)
    batch = image_batch([torch.from_numpy(image) for image in images], (96, 64))
    with torch.no_grad():
        labels, kept = clusterer(backbone(batch, 0.3)[-1])
    np.testing.assert_array_equal(parts.semantic_labels, labels)
    np.testing.assert_array_equal(parts.kept, kept)


def test_built_from_dicts():
    inferencer = SemanticPartsFinder(
        {"arch": TINY}, {"num_parts": 5}, device="cpu", size=(64, 32)
    )
    assert isinstance(inferencer.backbone, SOLIDERSwin)
    assert not inferencer.backbone.training
    assert inferencer.num_parts == 5


def test_from_config(tmp_path):
    config = tmp_path / "leaf.py"
    config.write_text(
        f"global_size = (64, 32)\n"
        f"model = dict(backbone=dict(type='SOLIDERSwin', arch={TINY}),\n"
        "  target_generator=dict(type='SemanticClusterer', num_parts=4),\n"
        "  data_preprocessor=dict(mean=[1, 2, 3], std=[4, 5, 6]))\n"
    )
    inferencer = SemanticPartsFinder.from_config(config, device="cpu")
    assert inferencer.backbone.embed_dims == 16
    assert inferencer.num_parts == 4
    assert inferencer.size == (64, 32)
    assert list(inferencer.mean) == [1, 2, 3]
    changed = SemanticPartsFinder.from_config(
        config, num_parts=2, size=(96, 48), device="cpu"
    )
    assert (changed.num_parts, changed.size) == (2, (96, 48))
    config.write_text("model = dict(type='Other')\n")
    with pytest.raises(ValueError, match=r"has no model\.backbone"):
        SemanticPartsFinder.from_config(config)


def test_arch_is_read_off_the_checkpoint(tmp_path):
    torch.manual_seed(0)
    saved = SOLIDERSwin(arch=TINY, window_size=5)
    torch.save({"state_dict": saved.state_dict()}, tmp_path / "weights.pth")
    inferencer = SemanticPartsFinder(
        {}, checkpoint=str(tmp_path / "weights.pth"), device="cpu"
    )
    loaded = inferencer.backbone.state_dict()
    assert loaded.keys() == saved.state_dict().keys()
    for name, value in saved.state_dict().items():
        torch.testing.assert_close(loaded[name], value, rtol=0, atol=0)


def test_strides_of_other_networks_are_asked_for(tmp_path, images):
    three = {"embed_dims": 16, "depths": (1, 1, 1), "num_heads": (1, 2, 4)}
    saved = SOLIDERSwin(arch=three, strides=(4, 2, 1), out_indices=(2,))
    path = str(tmp_path / "weights.pth")
    torch.save({"state_dict": saved.state_dict()}, path)
    with pytest.raises(ValueError, match=r"weights\.pth holds a Swin of 3 .*--config"):
        SemanticPartsFinder({}, checkpoint=path, device="cpu")
    told = {"strides": (4, 2, 1), "out_indices": (2,)}
    inferencer = SemanticPartsFinder(told, checkpoint=path, device="cpu")
    assert inferencer(images).semantic_labels.shape == (3, 256 // 8, 128 // 8)


def test_errors(images):
    with pytest.raises(ValueError, match=r"checkpoint a\.pth was given with a built"):
        SemanticPartsFinder(Means(), Counter(), checkpoint="a.pth")
    with pytest.raises(ValueError, match="batch_size is 0"):
        SemanticPartsFinder(Means(), Counter(), batch_size=0)
    inferencer = SemanticPartsFinder(Means(), Counter(), device="cpu")
    with pytest.raises(ValueError, match="no images were given"):
        inferencer([])
    with pytest.raises(ValueError, match=r"1\.5"):
        inferencer(images, 1.5)
