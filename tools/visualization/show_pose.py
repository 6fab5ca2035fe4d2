r"""Draw the poses that a model finds in images.

One PNG per image. Without --box, the whole image is one person.

Examples:
    python tools/visualization/show_pose.py crop.jpg \
        --config configs/human_pose/CONFIG.py \
        --checkpoint work_dirs/CONFIG/epoch_20.pth
    python tools/visualization/show_pose.py street.jpg --box 10 20 110 320 \
        --config configs/human_pose/CONFIG.py --checkpoint FILE --out poses
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
    add_model_options(parser, "top-down pose estimation", "poses")
    parser.add_argument(
        "--box",
        type=float,
        nargs=4,
        action="append",
        metavar=("X1", "Y1", "X2", "Y2"),
        help="box of a person in pixels; repeat it for more people",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.2,
        help="minimum score of a joint (default: %(default)s)",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Write the images; return the exit code."""
    return run_command(show, parse_args(argv))


def show(args: argparse.Namespace) -> None:
    """Find the poses and write the images.

    Raises:
        ValueError: If no image can be read, or a box is empty.
    """
    import torch

    from solider_mm.inference import read_named_images
    from solider_mm.visualization import write_image

    images = read_named_images(args.images, partial(print, file=sys.stderr))
    check_boxes(args.box or [])
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    model = load_model(args, device)
    for name, image in images.items():
        start = time.perf_counter()
        poses = find_poses(model, image, args.box)
        seconds = time.perf_counter() - start
        out = args.out / f"{name}.png"
        write_image(draw(model, image, poses, args.threshold), out)
        print(f"{out}: {len(poses)} person(s), {seconds:.2f} s on {device}")


def check_boxes(boxes: list[list[float]]) -> None:
    """Refuse empty boxes before the model is built."""
    for x1, y1, x2, y2 in boxes:
        if x2 <= x1 or y2 <= y1:
            raise ValueError(
                f"--box is {x1:g} {y1:g} {x2:g} {y2:g}, expected X1 < X2 and Y1 < Y2, "
                "left, top, right, bottom; correct it"
            )


def load_model(args: argparse.Namespace, device: str) -> Any:
    """Build the config's model and load all of its weights.

    Raises:
        FileNotFoundError: If the config or the checkpoint does not exist.
        ValueError: If the checkpoint lacks weights of the model.
    """
    from solider_mm.engine import launching
    from solider_mm.inference.model_building import load_all_weights

    cfg = launching.load_config(args.config)
    if args.checkpoint is not None:
        launching.require_checkpoint(args.checkpoint)
    from mmpose.apis import init_model

    model = init_model(cfg, device=device)
    if args.checkpoint is None:
        print("no --checkpoint: the weights are random", file=sys.stderr)
    else:
        load_all_weights(model, args.checkpoint)
    return model


def find_poses(
    model: Any, image: NDArray[np.uint8], boxes: list[list[float]] | None
) -> list[Any]:
    """Poses of the people in an RGB image, one mmpose sample for each."""
    from mmpose.apis import inference_topdown

    return list(inference_topdown(model, image[..., ::-1].copy(), boxes))


def draw(
    model: Any, image: NDArray[np.uint8], poses: list[Any], threshold: float
) -> NDArray[np.uint8]:
    """Draw skeletons with the visualizer of mmpose, lines scaled to the image."""
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
