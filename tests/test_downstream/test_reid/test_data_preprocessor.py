"""Normalize, then erase, in training only."""

import pytest
import torch
from mmengine.registry import MODELS
from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.structures import DataSample

from solider_mm.downstream.reid import PersonReIDDataPreprocessor

NORMALIZE = dict(mean=[127.5] * 3, std=[127.5] * 3, to_rgb=True)


def _data(number: int = 16) -> dict:
    images = list(torch.randint(256, (number, 3, 32, 16), dtype=torch.uint8))
    samples = [DataSample().set_gt_label(n) for n in range(number)]
    return dict(inputs=images, data_samples=samples)


def test_matches_mmpretrain_without_training() -> None:
    data = _data()
    expected = ClsDataPreprocessor(**NORMALIZE)(data)["inputs"]
    found = PersonReIDDataPreprocessor(**NORMALIZE)(data)["inputs"]
    assert torch.equal(found, expected)
    by_hand = torch.stack(data["inputs"]).flip(1) / 255
    torch.testing.assert_close(found, (by_hand - 0.5) / 0.5)


def test_erases_about_half_of_training_images() -> None:
    data = _data(200)
    clean = PersonReIDDataPreprocessor(**NORMALIZE, erasing_probability=0)
    erasing = PersonReIDDataPreprocessor(**NORMALIZE)
    expected = clean(data, training=True)["inputs"]
    batch = erasing(data, training=True)
    changed = batch["inputs"] != expected
    share = changed.flatten(1).any(dim=1).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.15)
    assert batch["inputs"].dtype == torch.float32
    # Noise reaches beyond the range of normalized pixels: it comes after them.
    assert batch["inputs"][changed].abs().max() > 1.5
    assert [int(s.gt_label) for s in batch["data_samples"]] == list(range(200))


def test_accepts_stacked_batch() -> None:
    data = _data()
    data["inputs"] = torch.stack(data["inputs"])
    erasing = PersonReIDDataPreprocessor(**NORMALIZE, erasing_probability=1.0)
    assert erasing(data, training=True)["inputs"].shape == (16, 3, 32, 16)


def test_refuses_invalid_settings() -> None:
    with pytest.raises(ValueError, match=r"erasing_probability=0\.5 without mean"):
        PersonReIDDataPreprocessor()
    with pytest.raises(ValueError, match="erased area"):
        PersonReIDDataPreprocessor(**NORMALIZE, erasing_area=(0.5, 0.1))
    PersonReIDDataPreprocessor(erasing_probability=0)


def test_builds_from_config() -> None:
    config = dict(type="solider_mm.PersonReIDDataPreprocessor", **NORMALIZE)
    built = MODELS.build(config)
    assert isinstance(built, PersonReIDDataPreprocessor)
    assert built.erasing_area == pytest.approx((0.02, 1 / 3))
