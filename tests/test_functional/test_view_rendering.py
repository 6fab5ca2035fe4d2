"""One device renders what a worker process renders, to the rounding of 8 bits."""

import numpy as np
import pytest
import torch

from solider_mm.datasets import SampleViews
from solider_mm.datasets.transforms import render_view
from solider_mm.functional.view_params import ViewParams, params_to_tensor
from solider_mm.functional.view_rendering import render_views

SIZE = (48, 24)


def smooth(height: int, width: int, seed: int) -> np.ndarray:
    """An (H, W, 3) BGR picture."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.integers(0, 256, (1, 3, 6, 3)).astype(np.float32))
    large = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")
    planes = large[0].clamp(0, 255).byte().permute(1, 2, 0)
    return np.ascontiguousarray(planes.numpy())


def on_device(images: list[np.ndarray], draws: list[list[ViewParams]]) -> torch.Tensor:
    """(V, B, 3, h, w) RGB of B images with V draws each."""
    height, width = (max(image.shape[dim] for image in images) for dim in (0, 1))
    canvas = torch.zeros(len(images), 3, height, width)
    for place, image in zip(canvas, images, strict=True):
        rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)
        place[:, : image.shape[0], : image.shape[1]] = rgb
    table = torch.stack([params_to_tensor(rows) for rows in draws], 1)
    return render_views(canvas, table, SIZE)


def test_as_the_worker_does() -> None:
    images = [smooth(128, 64, 0), smooth(90, 70, 1), smooth(300, 120, 2)]
    transform = SampleViews(
        [dict(size=SIZE, area=(0.1, 1.0), blur_prob=0.5, solarize_prob=0.2, num=40)]
    )
    np.random.seed(0)  # noqa: NPY002
    draws = [transform(dict(img_shape=image.shape[:2]))["views"] for image in images]
    views = on_device(images, draws)
    assert views.shape == (40, 3, 3, *SIZE)
    kinds = [(d.flip, d.gray, d.blur > 0, d.solarize) for row in draws for d in row]
    assert {any(column) for column in zip(*kinds, strict=True)} == {True}
    differences = []
    for b, image in enumerate(images):
        for v, draw in enumerate(draws[b]):
            worker = render_view(image, draw, SIZE)[::-1].astype(float)  # (3, h, w) RGB
            apart = np.abs(views[v, b].numpy() - worker)
            # Solarizing turns a rounding around 128 into the largest step.
            assert np.median(apart) < 2.5, draw
            differences.append(apart.mean())
    assert np.mean(differences) < 1.0


def test_nothing_drawn_changes_nothing() -> None:
    image = smooth(*SIZE, 3)
    (view,) = on_device([image], [[ViewParams(0, 0, *SIZE)]])
    expected = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1).float()
    torch.testing.assert_close(view[0], expected, atol=1e-3, rtol=0)


def test_draws_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="V draws for every image"):
        render_views(torch.zeros(2, 3, 8, 8), torch.zeros(1, 3, 13), SIZE)
