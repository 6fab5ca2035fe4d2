"""The configured pipeline draws what the authors' augmentation draws.

Library transforms are compared with torchvision and Pillow, on which the authors built.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from PIL import Image, ImageOps
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms import functional as vision

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


def views_of(cfg: Config) -> list[list[dict]]:
    return cfg.train_pipeline[1].transforms


def find(transforms: list[dict], kind: str) -> dict:
    (found,) = [t for t in transforms if t["type"].endswith(kind)]
    return found


def photo(height: int = 128, width: int = 64) -> np.ndarray:
    """Smooth colours: what a person crop is to these operations."""
    coarse = np.random.default_rng(1).integers(0, 256, (8, 4, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image)


def apply(transform: dict, rgb: np.ndarray) -> np.ndarray:
    """Run a transform on an RGB image through our BGR pipeline."""
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    return TRANSFORMS.build(transform)(dict(img=bgr))["img"][..., ::-1]


@pytest.mark.parametrize("name", SIZES)
def test_parameters_per_view(root, name) -> None:
    cfg = config(root, name)
    global_size, local_size, num_local = SIZES[name]
    assert cfg.train_pipeline[1].num_views == [1, 1, num_local]
    first, second, local = views_of(cfg)
    for view, size, area in (
        (first, global_size, (0.8, 1.0)),
        (second, global_size, (0.8, 1.0)),
        (local, local_size, (0.05, 0.8)),
    ):
        crop = find(view, "RandomResizedCrop")
        assert tuple(crop.scale) == size
        assert crop.crop_ratio_range == area
        assert crop.aspect_ratio_range == pytest.approx((0.4, 0.6))
        assert crop.interpolation == "bicubic"
        assert find(view, "RandomApply").prob == 0.8
        assert find(view, "RandomGrayscale").prob == 0.2
        assert find(view, "RandomFlip").prob == 0.5
    assert [find(v, "GaussianBlur").prob for v in (first, second, local)] == [
        1.0,
        0.1,
        0.5,
    ]
    for view in (first, second, local):
        # In pixels, 0.1 to 2 on a view 256 high.
        radius = np.array(find(view, "GaussianBlur").magnitude_range)
        np.testing.assert_allclose(radius / global_size[0] * 256, (0.1, 2.0))
    kinds = [[t["type"] for t in view] for view in (first, second, local)]
    assert ["mmpretrain.Solarize" in view for view in kinds] == [False, True, False]
    assert find(second, "Solarize").prob == 0.2
    # The order of the authors: crop, flip, colour, grey, blur, solarise.
    assert [kind.rpartition(".")[2] for kind in kinds[1]] == [
        "RandomResizedCrop",
        "RandomFlip",
        "RandomApply",
        "RandomGrayscale",
        "GaussianBlur",
        "Solarize",
    ]


def test_both_sizes_augment_alike(root) -> None:
    colours = [
        [
            [
                {key: t[key] for key in t if key != "magnitude_range"}
                for t in view
                if "Crop" not in t["type"]
            ]
            for view in views_of(config(root, name))
        ]
        for name in SIZES
    ]
    assert colours[0] == colours[1]


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


@pytest.mark.parametrize("area", [(0.8, 1.0), (0.05, 0.8)])
def test_crops_are_distributed_as_in_torchvision(area) -> None:
    ratio = (0.4, 0.6)
    ours = TRANSFORMS.build(
        dict(
            type="mmpretrain.RandomResizedCrop",
            scale=(64, 32),
            crop_ratio_range=area,
            aspect_ratio_range=ratio,
        )
    )
    image, tensor = np.zeros((128, 64, 3), np.uint8), torch.zeros(3, 128, 64)
    boxes = np.array([ours.rand_crop_params(image) for _ in range(4000)], float)
    theirs = np.array(
        [
            RandomResizedCrop.get_params(tensor, list(area), list(ratio))
            for _ in range(4000)
        ],
        float,
    )
    # top, left, height, width: mean within 4 standard errors, like spread
    error = theirs.std(0) * np.sqrt(2 / 4000)
    np.testing.assert_array_less(np.abs(boxes.mean(0) - theirs.mean(0)), 4 * error)
    np.testing.assert_allclose(boxes.std(0), theirs.std(0), rtol=0.06)
    width_over_height = boxes[:, 3] / boxes[:, 2]
    assert width_over_height.min() > 0.35
    assert width_over_height.max() < 0.65


@pytest.mark.parametrize(
    ("key", "factor", "reference", "tolerance"),
    [
        ("brightness", 1.4, vision.adjust_brightness, 0.01),
        ("brightness", 0.6, vision.adjust_brightness, 0.01),
        ("contrast", 1.4, vision.adjust_contrast, 0.3),
        ("contrast", 0.6, vision.adjust_contrast, 0.3),
        ("saturation", 1.2, vision.adjust_saturation, 1.0),
        ("saturation", 0.8, vision.adjust_saturation, 1.0),
        ("hue", 0.1, vision.adjust_hue, 1.5),
        ("hue", -0.1, vision.adjust_hue, 1.5),
    ],
)
def test_colours_change_as_in_torchvision(key, factor, reference, tolerance) -> None:
    # The tolerances are below what a wrong channel order gives (0.7, 2.5, 44).
    rgb = photo()
    jitter = {"type": "mmpretrain.ColorJitter", "backend": "cv2", key: (factor, factor)}
    expected = np.asarray(reference(Image.fromarray(rgb), factor)).astype(int)
    difference = np.abs(apply(jitter, rgb) - expected)
    assert difference.mean() < tolerance
    assert np.abs(rgb - expected).mean() > 3


def test_grey_as_in_pillow(root) -> None:
    rgb = photo()
    grey = dict(
        find(views_of(config(root, "multi_crop_64x32"))[0], "Grayscale"), prob=1.0
    )
    expected = np.asarray(Image.fromarray(rgb).convert("L").convert("RGB"))
    assert np.abs(apply(grey, rgb).astype(int) - expected).max() <= 1


def test_solarise_as_in_pillow(root) -> None:
    rgb = photo()
    view = views_of(config(root, "multi_crop_64x32"))[1]
    expected = np.asarray(ImageOps.solarize(Image.fromarray(rgb)))
    solarized = apply(dict(find(view, "Solarize"), prob=1.0), rgb)
    np.testing.assert_array_equal(solarized, expected)


def test_blur_radius_is_uniform_and_new_each_time(root) -> None:
    blur = TRANSFORMS.build(
        find(views_of(config(root, "multi_crop_256x128"))[0], "Blur")
    )
    radii = np.array([blur.random_magnitude() for _ in range(4000)])
    assert radii.min() >= 0.1
    assert radii.max() <= 2.0
    assert radii.mean() == pytest.approx(1.05, abs=0.04)
    assert radii.std() == pytest.approx(1.9 / np.sqrt(12), rel=0.05)


def test_how_often_views_are_flipped_and_grey(root) -> None:
    """Left half red, right half blue: colour and sides stay visible in any crop."""
    bgr = np.zeros((128, 64, 3), np.uint8)
    bgr[:, :32, 2] = bgr[:, 32:, 0] = 200
    views = TRANSFORMS.build(config(root, "multi_crop_64x32").train_pipeline[1])
    flipped = grey = colour = 0
    for _ in range(250):
        for view in views(dict(img=bgr))["img"][:2]:
            left = view[:, :12].reshape(-1, 3).mean(0)
            if np.ptp(left) < 1:
                grey += 1
            else:
                colour += 1
                flipped += int(left[0] > left[2])
    assert grey / 500 == pytest.approx(0.2, abs=0.07)
    # In solarised views a dark channel turns bright: leave room for them.
    assert flipped / colour == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (7, 3)])
def test_tiny_images_give_full_views(root, shape) -> None:
    views = TRANSFORMS.build(config(root, "multi_crop_64x32").train_pipeline[1])
    image = np.full((*shape, 3), 77, np.uint8)
    assert [view.shape for view in views(dict(img=image))["img"]] == [
        (64, 32, 3),
        (64, 32, 3),
        *[(32, 16, 3)] * 4,
    ]
