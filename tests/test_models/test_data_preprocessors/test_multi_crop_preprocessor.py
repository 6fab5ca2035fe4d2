import numpy as np
import pytest
import torch
from mmpretrain.models.utils import SelfSupDataPreprocessor

from solider_mm.datasets import PackViewParams, SampleViews, collate_view_params
from solider_mm.datasets.transforms import render_view
from solider_mm.models.data_preprocessors import MultiCropPreprocessor

MEAN, STD = (120.0, 110.0, 100.0), (50.0, 60.0, 70.0)
KINDS = [
    dict(size=(16, 8), area=(0.8, 1.0), num=2),
    dict(size=(8, 4), area=(0.1, 0.8), num=3),
]


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    draw = SampleViews(KINDS, gray_prob=0.5)
    made = []
    for shape in ((40, 20), (33, 21)):
        image = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
        made.append(draw(dict(img=image, img_shape=shape)))
    return made


def test_views_are_rendered_normalized_and_in_order(samples) -> None:
    expected = [
        [
            render_view(s["img"], d, size)
            for d, size in zip(s["views"], s["view_sizes"], strict=True)
        ]
        for s in samples
    ]
    batch = collate_view_params([PackViewParams()(dict(s)) for s in samples])
    preprocessor = MultiCropPreprocessor(mean=MEAN, std=STD)
    result = preprocessor(batch, training=True)
    assert result["data_samples"] is None
    shapes = [tuple(view.shape) for view in result["inputs"]]
    assert shapes == [(2, 3, 16, 8)] * 2 + [(2, 3, 8, 4)] * 3
    mean, std = torch.tensor(MEAN).view(3, 1, 1), torch.tensor(STD).view(3, 1, 1)
    for v, view in enumerate(result["inputs"]):
        for b in range(2):
            rgb = torch.from_numpy(expected[b][v][::-1].copy()).float()
            pixels = view[b] * std + mean
            assert (pixels - rgb).abs().mean() < 1.5


def test_made_views_are_normalized_as_mmpretrain_does() -> None:
    views = [torch.randint(0, 256, (2, 3, 4, n), dtype=torch.uint8) for n in (2, 3)]
    theirs = SelfSupDataPreprocessor(mean=MEAN, std=STD, to_rgb=True)
    data = {"inputs": views, "data_samples": ["a", "b"]}
    result = MultiCropPreprocessor(mean=MEAN, std=STD)(data, training=True)
    expected = theirs({"inputs": views, "data_samples": None})["inputs"]
    assert result["data_samples"] == ["a", "b"]
    for one, other in zip(result["inputs"], expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    assert views[0].dtype is torch.uint8  # the batch itself is left alone


def test_statistics_are_no_weights() -> None:
    assert not MultiCropPreprocessor(mean=MEAN, std=STD).state_dict()
