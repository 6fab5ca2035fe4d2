"""Color the parts that a parsing model finds in photos of one person each.

One PNG with a legend for each photo, and the time it took. The whole photo is taken for
the person.

Examples:
    python tools/visualization/show_parsing.py photo.jpg --config configs/human_parsing/LEAF.py
        --checkpoint work_dirs/LEAF/self_correction_3.pth
    python tools/visualization/show_parsing.py photos/ --config configs/human_parsing/LEAF.py
        --checkpoint FILE --all-views --out parsing
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line. Nothing heavy is imported before: -h answers at once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", nargs="+", help="image files or folders of them")
    parser.add_argument("--config", required=True, help="a human parsing config")
    parser.add_argument(
        "--checkpoint", help="what training has written (default: random weights)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("parsing"),
        help="folder (default: %(default)s)",
    )
    parser.add_argument(
        "--all-views",
        action="store_true",
        help="scales and mirror images of the config's test (default: one view)",
    )
    parser.add_argument("--device", help="default: a GPU if there is one")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Draw, and say where the pictures are."""
    args = parse_args(argv)
    from solider_mm.engine import launching

    with launching.report_user_errors():
        show(args)
    return 0


def show(args: argparse.Namespace) -> None:
    """Parse the photos named and write the pictures.

    Raises:
        ValueError: Two photos have one name, or none can be read.
    """
    import torch

    from solider_mm.inference import read_named_images
    from solider_mm.visualization import write_image

    images = read_named_images(args.images, partial(print, file=sys.stderr))
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    model = load_model(args, device)
    for path, image in images.items():
        start = time.perf_counter()
        labels = parse(model, image, args.all_views)
        seconds = time.perf_counter() - start
        out = args.out / f"{path.stem}.png"
        write_image(draw(model, image, labels), out)
        print(f"{out}: {seconds:.2f} s on {device}")


def load_model(args: argparse.Namespace, device: str) -> Any:
    """Build the config's model and read its weights.

    Raises:
        FileNotFoundError: There is no such config or checkpoint.
    """
    from solider_mm.engine import launching

    cfg = launching.load_config(args.config)
    if args.checkpoint is None:
        print("no --checkpoint: the weights are random", file=sys.stderr)
    else:
        launching.require_checkpoint(args.checkpoint)
    from mmseg.apis import init_model

    return init_model(cfg, args.checkpoint, device=device)


def parse(model: Any, image: NDArray[np.uint8], all_views: bool) -> NDArray[np.int64]:
    """Class of every pixel (H, W) of an RGB photo."""
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
    """Overlay with a legend; without names in the checkpoint classes are numbers."""
    import numpy as np

    from solider_mm.downstream.human_parsing import draw_parsing
    from solider_mm.downstream.human_parsing.clothing_classes import class_palette

    meta = getattr(model, "dataset_meta", None) or {}
    count = model.num_classes
    if np.shape(meta.get("palette") or ()) != (count, 3):
        meta = {}  # mmseg guesses another data set where a checkpoint names none
    classes = meta.get("classes") or [str(number) for number in range(count)]
    palette = meta.get("palette") or class_palette(count)
    return draw_parsing(image, labels, classes, palette)


if __name__ == "__main__":
    sys.exit(main())
