"""The configured pipeline draws what the authors' augmentation draws.

The library on which the authors built, torchvision on Pillow, is run beside it.
"""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from PIL import Image, ImageFilter, ImageOps
from torchvision import transforms as vision

from solider_mm.datasets import (
    PackViewParams,
    RenderViews,
    SampleViews,
    collate_view_params,
)
from solider_mm.functional.view_rendering import render_views
from solider_mm.registry import TRANSFORMS

SIZES = {
    "multi_crop_256x128": ((256, 128), (128, 64), 8),
    "multi_crop_64x32": ((64, 32), (32, 16), 4),
}


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope("solider_mm"):
        yield


def config(root: Path, name: str) -> Config:
    return Config.fromfile(root / "configs/_base_/datasets" / f"{name}.py")


def drawing(root: Path, name: str) -> SampleViews:
    _, draw, render, _ = config(root, name).train_pipeline
    assert render.type == "RenderViews"
    return TRANSFORMS.build(draw)


def photo(height: int = 128, width: int = 64) -> np.ndarray:
    """Smooth colors: what a person crop is to these operations."""
    coarse = np.random.default_rng(1).integers(0, 256, (8, 4, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image)


@pytest.mark.parametrize("name", SIZES)
def test_parameters_per_view(root, name) -> None:
    load, draw, *_ = config(root, name).train_pipeline
    global_size, local_size, num_local = SIZES[name]
    first, second, local = draw.views
    for view, size, area in (
        (first, global_size, (0.8, 1.0)),
        (second, global_size, (0.8, 1.0)),
        (local, local_size, (0.05, 0.8)),
    ):
        assert tuple(view["size"]) == size
        assert tuple(view["area"]) == area
    assert [view.get("num", 1) for view in draw.views] == [1, 1, num_local]
    assert [view["blur_prob"] for view in draw.views] == [1.0, 0.1, 0.5]
    assert [view.get("solarize_prob", 0) for view in draw.views] == [0, 0.2, 0]
    assert draw.aspect_ratio == pytest.approx((0.4, 0.6))
    colors = (draw.brightness, draw.contrast, draw.saturation, draw.hue)
    assert colors == (0.4, 0.4, 0.2, 0.1)
    assert (draw.flip_prob, draw.jitter_prob, draw.gray_prob) == (0.5, 0.8, 0.2)
    # In pixels, 0.1 to 2 on a view 256 high.
    radius = np.array(draw.blur_radius)
    np.testing.assert_allclose(radius / global_size[0] * 256, (0.1, 2.0))
    # The smallest and flattest box of an image twice as high as wide, in pixels of the
    # smallest image that is decoded at a fraction.
    share = np.sqrt(0.05 * 0.5 / 0.6)
    assert load.min_size[0] * share >= local_size[0]


@pytest.mark.parametrize("name", SIZES)
def test_loader_from_config(root, name, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "market1501" / "bounding_box_train"
    folder.mkdir(parents=True)
    for i in range(3):
        Image.fromarray(photo()).save(folder / f"000{i}_c1s1_0_0.png")
    monkeypatch.setenv("SOLIDER_MM_DATA", str(tmp_path))
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    loader = config(root, name).train_dataloader
    loader.update(batch_size=2, num_workers=0, persistent_workers=False)
    loader.update(pin_memory=False)
    loader.dataset.layout = "market1501"
    (batch,) = Runner.build_dataloader(loader, seed=0)
    global_size, local_size, num_local = SIZES[name]
    shapes = [tuple(view.shape) for view in batch["inputs"]]
    assert shapes == [(2, 3, *global_size)] * 2 + [(2, 3, *local_size)] * num_local
    assert all(view.dtype == torch.uint8 for view in batch["inputs"])
    sample = batch["data_samples"][0]
    assert sample.ori_shape == (128, 64)
    assert sample.img_path.startswith(str(folder))


# ------------------------------------------------------------------- statistics

VIEWS = 400  # of each kind and side
AREAS = ((0.8, 1.0), (0.8, 1.0), (0.05, 0.8))
BLUR, SOLARIZE = (1.0, 0.1, 0.5), (0.0, 0.2, 0.0)


def blur(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0)))


def by_torchvision(kind: int, size: tuple[int, int]) -> vision.Compose:
    """The authors' augmentation as the facts tell it."""
    return vision.Compose(
        [
            vision.RandomResizedCrop(
                size,
                AREAS[kind],
                (0.4, 0.6),
                interpolation=vision.InterpolationMode.BICUBIC,
            ),
            vision.RandomHorizontalFlip(0.5),
            vision.RandomApply([vision.ColorJitter(0.4, 0.4, 0.2, 0.1)], 0.8),
            vision.RandomGrayscale(0.2),
            vision.RandomApply([vision.Lambda(blur)], BLUR[kind]),
            vision.RandomApply([vision.Lambda(ImageOps.solarize)], SOLARIZE[kind]),
            vision.PILToTensor(),
        ]
    )


def figures(views: torch.Tensor) -> torch.Tensor:
    """What is compared of every view (N, 3, h, w): (N, 9)."""
    views = views.float()
    color = views.amax(1) - views.amin(1)
    edges = views.diff(dim=3).abs().mean((1, 2, 3))
    sides = views[..., : views.shape[3] // 2].mean((1, 2, 3)) - views.mean((1, 2, 3))
    return torch.cat(
        [
            views.mean((2, 3)),
            views.std((2, 3)),
            torch.stack([color.mean((1, 2)), edges, sides], 1),
        ],
        1,
    )


@pytest.mark.parametrize("device_path", [False, True], ids=["worker", "device"])
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_views_look_like_torchvisions(root, kind, device_path) -> None:
    """Means within four standard errors of the sampling, spreads alike."""
    rgb = photo()
    draw = drawing(root, "multi_crop_256x128")
    size = draw.sizes[-1]
    options = dict(config(root, "multi_crop_256x128").train_pipeline[1])
    kinds = options.pop("views")
    options.pop("type")
    draw = SampleViews([dict(kinds[kind], size=size, num=VIEWS)], **options)
    results = draw(dict(img=np.ascontiguousarray(rgb[..., ::-1]), img_shape=(128, 64)))
    if device_path:
        batch = collate_view_params([PackViewParams()(results)])
        ours = render_views(batch["inputs"].flip(1), batch["draws"], size)[:, 0]
    else:
        ours = torch.stack(RenderViews()(results)["img"]).flip(1)
    theirs_of = by_torchvision(kind, size)
    image = Image.fromarray(rgb)
    theirs = torch.stack([theirs_of(image) for _ in range(VIEWS)])
    left, right = figures(ours), figures(theirs)
    error = ((left.var(0) + right.var(0)) / VIEWS).sqrt()
    apart = (left.mean(0) - right.mean(0)).abs()
    assert bool((apart < 4 * error + 0.3).all()), (apart / error).tolist()
    torch.testing.assert_close(left.std(0), right.std(0), rtol=0.25, atol=0.3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (7, 3)])
def test_tiny_images_give_full_views(root, shape) -> None:
    image = np.full((*shape, 3), 77, np.uint8)
    draw = drawing(root, "multi_crop_64x32")
    results = RenderViews()(draw(dict(img=image, img_shape=shape)))
    assert [tuple(view.shape) for view in results["img"]] == [
        (3, 64, 32),
        (3, 64, 32),
        *[(3, 32, 16)] * 4,
    ]
