"""Time our augmentation against the official one, from file bytes to views.

Decoding, two global views of 256×128, eight local ones of 128×64, normalized floats at
the end on both sides; one thread, as in a worker process. The reference is torchvision
on Pillow, crop by crop (`reference/augmentation.py`). Ours is what the configs do:
`LoadPersonImage`, `SampleViews`, `RenderViews`, the model's preprocessor. `--on-device`
instead renders all images at once, as `MultiCropPreprocessor` does.

    python benchmarks/augmentation.py --images CROPS PHOTOS
    python benchmarks/augmentation.py --images CROPS --on-device --device cuda
"""

import argparse
import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, default_collate
from mmengine.registry import DefaultScope
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.crops import CONFIG, render_people
from benchmarks.reference.augmentation import MultiCrop
from benchmarks.report import Report
from benchmarks.side_by_side import COMPARED, add_options, alternate, compare, prepared
from solider_mm.datasets import PackViewParams, collate_view_params
from solider_mm.registry import MODELS

Files = list[bytes]

DATASET = CONFIG / "multi_crop_256x128.py"
MODEL = CONFIG.parent / "models/dino_swin.py"


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per folder of images."""
    args = parse_args(argv)
    where = "on the device" if args.on_device else "in a worker"
    report = Report(
        "augmentation",
        f"Augmentation {where} against the baseline",
        ["images", *COMPARED, "ours, images/s", "reference, images/s"],
    )
    with prepared(args), tempfile.TemporaryDirectory() as scratch:
        for folder in args.images or [render_people(Path(scratch) / "synthetic")]:
            files = read(folder, args.count)
            ours_of = on_device(args.device) if args.on_device else in_worker()
            calls = {
                "ours": partial(every_round, ours_of, files),
                "reference": partial(every_round, reference(), files),
            }
            times = alternate(calls, args.repeats, device=args.device)
            ours, other = times["ours"], times["reference"]
            speeds = [f"{args.count / np.median(side):.0f}" for side in (ours, other)]
            report.add(describe(files), *compare(ours, other), *speeds)
        report.note(
            f"{args.count} images per round, 10 views each; the reference runs on the "
            "CPU in any case."
        )
        report.finish(args, argv)
    return 0


def every_round(side: Callable[[Files], object], files: Files, number: int) -> None:
    """The same images in every round, with other augmentations."""
    del number
    side(files)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--images", type=Path, nargs="+", help="folders; default: synthetic pedestrians"
    )
    parser.add_argument("--count", type=int, default=48, help="images per round")
    parser.add_argument(
        "--on-device", action="store_true", help="render a batch on the device"
    )
    add_options(
        parser,
        "--repeats",
        "--threads",
        "--device",
        "--record",
        "--document",
        threads=1,
    )
    return parser.parse_args(argv)


def read(folder: Path, count: int) -> Files:
    """Encoded images, spread over a folder."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in (".jpg", ".jpeg", ".png")
    )
    if not paths:
        raise SystemExit(f"--images {folder}: expected .jpg or .png files in it.")
    chosen = np.linspace(0, len(paths) - 1, count).astype(int)
    return [paths[index].read_bytes() for index in chosen]


def describe(files: Files) -> str:
    """The median size of the images."""
    sizes = [Image.open(io.BytesIO(data)).size[::-1] for data in files]
    height, width = (int(side) for side in np.median(sizes, axis=0))
    return f"{height}×{width}"


def reference() -> Callable[[Files], object]:
    """The reference's loader on encoded images; gives the last one's views."""
    augment = MultiCrop()

    def run(files: Files) -> Any:
        views: Any = None
        for data in files:  # none is kept: memory that is new for each costs time
            views = augment(Image.open(io.BytesIO(data)).convert("RGB"))
        return views

    return run


def in_worker() -> Callable[[Files], object]:
    """Our pipeline and preprocessor, image by image; gives the last one's views."""
    with DefaultScope.overwrite_default_scope("solider_mm"):
        pipeline = Compose(Config.fromfile(DATASET).train_pipeline)
        normalize = MODELS.build(Config.fromfile(MODEL).model.data_preprocessor)

    def run(files: Files) -> Any:
        views: Any = None
        for data in files:
            sample = pipeline({"img_bytes": data, "img_path": ""})
            views = normalize(default_collate([sample]), training=True)
        return views

    return run


def on_device(device: str) -> Callable[[Files], object]:
    """Our loader's half, and the views of all images at once."""
    with DefaultScope.overwrite_default_scope("solider_mm"):
        load, draw = Config.fromfile(DATASET).train_pipeline[:2]
        pipeline = Compose([load, draw])
        preprocessor = MODELS.build(Config.fromfile(MODEL).model.data_preprocessor)
        preprocessor.to(torch.device(device))
    pack = PackViewParams()

    def run(files: Files) -> Any:
        samples = [
            pack(pipeline({"img_bytes": data, "img_path": ""})) for data in files
        ]
        return preprocessor(collate_view_params(samples), training=True)

    return run


if __name__ == "__main__":
    sys.exit(main())
