r"""Color the parts that a parsing model finds in images of one person each.

One PNG with a legend per image. The whole image is the person.

Examples:
    python tools/visualization/show_parsing.py photo.jpg \
        --config configs/human_parsing/CONFIG.py \
        --checkpoint work_dirs/CONFIG/self_correction_3.pth
    python tools/visualization/show_parsing.py photos/ --all-views --out parsing \
        --config configs/human_parsing/CONFIG.py --checkpoint FILE
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from solider_mm.command_line import add_model_options, create_parser, run_command

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    add_model_options(parser, "human parsing", "parsing")
    parser.add_argument(
        "--all-views",
        action="store_true",
        help="average over the scales and flips of the config (default: one view)",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Write the images; return the exit code."""
    return run_command(show, parse_args(argv))


def show(args: argparse.Namespace) -> None:
    """Parse the images and write the overlays.

    Raises:
        ValueError: If no image can be read.
    """
    import torch

    from solider_mm.inference import read_named_images
    from solider_mm.visualization import write_image

    images = read_named_images(args.images, partial(print, file=sys.stderr))
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    model = load_model(args, device)
    for name, image in images.items():
        start = time.perf_counter()
        labels = parse(model, image, args.all_views)
        seconds = time.perf_counter() - start
        out = args.out / f"{name}.png"
        write_image(draw(model, image, labels), out)
        print(f"{out}: {seconds:.2f} s on {device}")


def load_model(args: argparse.Namespace, device: str) -> Any:
    """Build the config's model and load all of its weights.

    Raises:
        FileNotFoundError: If the config or the checkpoint does not exist.
        ValueError: If the checkpoint lacks weights of the model.
    """
    from solider_mm.checkpoints import load_file
    from solider_mm.engine import launching
    from solider_mm.inference.model_building import load_all_weights

    cfg = launching.load_config(args.config)
    if args.checkpoint is not None:
        launching.require_checkpoint(args.checkpoint)
    from mmseg.apis import init_model

    model = init_model(cfg, device=device)
    if args.checkpoint is None:
        print("no --checkpoint: the weights are random", file=sys.stderr)
    else:
        load_all_weights(model, args.checkpoint)
        content = load_file(args.checkpoint)
        model.dataset_meta = (content.get("meta") or {}).get("dataset_meta")
    return model


def parse(model: Any, image: NDArray[np.uint8], all_views: bool) -> NDArray[np.int64]:
    """Class of every pixel (H, W) of an RGB image."""
    import torch
    from mmengine.dataset import Compose, pseudo_collate

    pipeline = list(model.cfg.test_pipeline)
    load = {"type": "mmseg.LoadImageFromNDArray"}
    sample = Compose([load, *pipeline[1:]])({"img": image[..., ::-1].copy()})
    step = model.test_step if all_views else model.val_step
    with torch.no_grad():
        result = step(pseudo_collate([sample]))[0]
    labels: NDArray[np.int64] = result.pred_sem_seg.data[0].cpu().numpy()
    return labels


def draw(
    model: Any, image: NDArray[np.uint8], labels: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Overlay with a legend; classes without names in the checkpoint are numbers."""
    import numpy as np

    from solider_mm.downstream.human_parsing import draw_parsing
    from solider_mm.downstream.human_parsing.clothing_classes import class_palette

    meta = getattr(model, "dataset_meta", None) or {}
    count = model.num_classes
    if np.shape(meta.get("palette") or ()) != (count, 3):
        meta = {}  # mmseg guesses a data set if the checkpoint names none
    classes = meta.get("classes") or [str(number) for number in range(count)]
    palette = meta.get("palette") or class_palette(count)
    return draw_parsing(image, labels, classes, palette)


if __name__ == "__main__":
    sys.exit(main())
