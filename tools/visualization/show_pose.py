"""Draw the skeletons that a pose model finds in images, and say how long it took.

One PNG for each image. Without --box the whole image is taken for one person.

Examples:
    python tools/visualization/show_pose.py crop.jpg --config configs/human_pose/LEAF.py
        --checkpoint work_dirs/LEAF/epoch_20.pth
    python tools/visualization/show_pose.py street.jpg --box 10 20 110 320 --box 200 30 290 310
        --config configs/human_pose/LEAF.py --checkpoint FILE --out poses
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
    parser.add_argument("--config", required=True, help="a top-down pose config")
    parser.add_argument(
        "--checkpoint", help="what training has written (default: random weights)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("poses"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--box",
        type=float,
        nargs=4,
        action="append",
        metavar=("X1", "Y1", "X2", "Y2"),
        help="a person, in pixels of the image; once for each person",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.2,
        help="joints with a lower score are left out (default: %(default)s)",
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
    """Find the poses in the images named and write the pictures.

    Raises:
        ValueError: Two images have one name, no image can be read, or a box is empty.
    """
    import torch

    from solider_mm.inference import read_named_images
    from solider_mm.visualization import write_image

    images = read_named_images(args.images, partial(print, file=sys.stderr))
    check_boxes(args.box or [])
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    model = load_model(args, device)
    for path, image in images.items():
        start = time.perf_counter()
        poses = find_poses(model, image, args.box)
        seconds = time.perf_counter() - start
        out = args.out / f"{path.stem}.png"
        write_image(draw(model, image, poses, args.threshold), out)
        print(f"{out}: {len(poses)} person(s), {seconds:.2f} s on {device}")


def check_boxes(boxes: list[list[float]]) -> None:
    """Refuse boxes that hold nothing, before the model is built."""
    for x1, y1, x2, y2 in boxes:
        if x2 <= x1 or y2 <= y1:
            raise ValueError(
                f"--box is {x1:g} {y1:g} {x2:g} {y2:g}, expected X1 < X2 and Y1 < Y2, "
                "left, top, right, bottom; correct it"
            )


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
    from mmpose.apis import init_model

    return init_model(cfg, args.checkpoint, device=device)


def find_poses(
    model: Any, image: NDArray[np.uint8], boxes: list[list[float]] | None
) -> list[Any]:
    """Poses of the persons in an RGB image, one mmpose sample for each."""
    from mmpose.apis import inference_topdown

    return list(inference_topdown(model, image[..., ::-1].copy(), boxes))


def draw(
    model: Any, image: NDArray[np.uint8], poses: list[Any], threshold: float
) -> NDArray[np.uint8]:
    """Paint skeletons by mmpose's visualizer, with lines that suit the image."""
    from mmpose.structures import merge_data_samples
    from mmpose.visualization import PoseLocalVisualizer

    side = min(image.shape[:2])
    painter = PoseLocalVisualizer(
        radius=max(2, side // 80), line_width=max(1, side // 160)
    )
    painter.set_dataset_meta(model.dataset_meta)
    sample = merge_data_samples(poses)
    picture: NDArray[np.uint8] = painter.add_datasample(
        "pose",
        image,
        sample,
        draw_gt=False,
        draw_bbox=len(poses) > 1,
        kpt_thr=threshold,
    )
    return picture


if __name__ == "__main__":
    sys.exit(main())
