r"""Measure how a checkpoint's frozen features change with λ.

Renders synthetic pedestrians that the embedded weights have not seen, extracts
features at every λ and measures parts, joints, identities and attributes, each with a
95 % bootstrap interval. One to two minutes on two CPU cores for five λ with the nano
weights. With --images it measures on photos, as far as their labels go: market1501 has
identities and, with market_attribute.mat, attributes; ccp and lip have parsing labels;
of a folder without labels the parts that the weights find at λ = 1 are compared.

Examples:
    python tools/analysis_tools/probe_semantic_weight.py --checkpoint embedded \
        --semantic-weight 0 0.25 0.5 0.75 1 --json probe.json --plot probe.png
    python tools/analysis_tools/probe_semantic_weight.py --checkpoint epoch_5.pth \
        --config configs/pretrain/solider_swin-nano_….py --baseline dino.pth
    python tools/analysis_tools/probe_semantic_weight.py --images data --layout ccp
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solider_mm.command_line import check_outputs, create_parser, run_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from solider_mm.evaluation.semantic_weight.bootstrap import Estimate
    from solider_mm.evaluation.semantic_weight.people import ProbePeople

FIRST_IDENTITY = 500_000  # far behind the people that weights are trained on
CAMERAS, SHOTS = 3, 2


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "--checkpoint",
        default="embedded",
        help="weights in any known format, or 'embedded' (default)",
    )
    parser.add_argument(
        "--baseline",
        help="weights to compare with, at λ = 0: a dashed line in the plot, for "
        "example the DINO stage",
    )
    parser.add_argument(
        "--config",
        help="config the weights were trained with; default: the embedded nano network",
    )
    parser.add_argument(
        "--semantic-weight",
        type=float,
        nargs="+",
        default=[0.0, 0.25, 0.5, 0.75, 1.0],
        metavar="λ",
        help="values of λ in [0, 1] (default: 0 0.25 0.5 0.75 1)",
    )
    parser.add_argument(
        "--identities",
        type=int,
        default=200,
        help="people to measure on: six crops of each are rendered; a photo without "
        "identity counts as one (default: %(default)s)",
    )
    parser.add_argument(
        "--labeled-images",
        type=int,
        nargs="+",
        default=[],
        metavar="N",
        help="fit further part probes on so many labeled images, for example 8 32 128",
    )
    parser.add_argument("--images", help="folder of photos, instead of rendered people")
    parser.add_argument(
        "--layout",
        choices=("folder", "market1501", "ccp", "lip"),
        default="folder",
        help="layout of the photos and their labels (default: %(default)s)",
    )
    parser.add_argument(
        "--background",
        choices=("noise", "street"),
        default="noise",
        help="what is behind the people (default: %(default)s, as in training)",
    )
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--plot", type=Path, help="plot the curves over λ here")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Probe; return the exit code."""
    return run_command(run, parse_args(argv))


def run(args: argparse.Namespace) -> None:
    """Probe the checkpoint and the baseline on the same people."""
    from solider_mm.evaluation.semantic_weight.probe import (
        compare_ends,
        probe_semantic_weight,
    )
    from solider_mm.evaluation.semantic_weight.report import (
        format_probe,
        probe_as_dict,
    )
    from solider_mm.fileio.json_file import write_json
    from solider_mm.functional.semantic_weight import check_semantic_weight
    from solider_mm.registry import MODELS
    from solider_mm.visualization.semantic_weight_curves import plot_semantic_weight

    check_outputs(args.json, args.plot)
    for weight in args.semantic_weight:
        check_semantic_weight(weight)
    backbone, size = build_backbone(args.checkpoint, args.config)
    people = read_photos(args, size) if args.images else render_people(args, size)
    labeler = MODELS.build({"type": "SemanticClusterer", "min_foreground": 0.25})
    results = probe_semantic_weight(
        backbone,
        people,
        args.semantic_weight,
        labeler=labeler,
        label_counts=args.labeled_images,
    )
    baseline: dict[str, Estimate] | None = None
    if args.baseline:
        network, _ = build_backbone(args.baseline, args.config, needs_controllers=False)
        baseline = probe_semantic_weight(
            network, people, [0.0], labeler=labeler, label_counts=args.labeled_images
        )[0.0]
    effect = compare_ends(results) if len(results) > 1 else {}
    print(format_probe(results, effect, baseline))
    if args.json:
        content = probe_as_dict(results, effect, baseline)
        source = {
            "checkpoint": args.checkpoint,
            "images": args.images or "synthetic",
            "num_images": len(people.images),
            "parts": "weights at λ = 1" if people.coarse_parts is None else "labels",
        }
        write_json(args.json, source | content, indent=1)
    if args.plot:
        print(plot_semantic_weight(results, args.plot, baseline))


def build_backbone(
    checkpoint: str, config: str | None, *, needs_controllers: bool = True
) -> "tuple[nn.Module, tuple[int, int]]":
    """Build the network of the config, or the embedded one, with weights.

    Args:
        checkpoint: File, URL or 'embedded'.
        config: Config it was trained with; None takes the embedded network.
        needs_controllers: Refuse weights on which λ has no effect.

    Returns:
        The backbone and the (H, W) of its images.

    Raises:
        ValueError: If the weights hold no semantic controller.
    """
    from mmengine.registry import MODELS

    import solider_mm.models  # noqa: F401  (registers the backbone)
    from solider_mm.checkpoints.controllers import require_controllers
    from solider_mm.checkpoints.embedded import EMBEDDED_BACKBONE, EMBEDDED_SIZE
    from solider_mm.engine import launching

    if needs_controllers:
        require_controllers(checkpoint)
    backbone: dict[str, Any] = dict(EMBEDDED_BACKBONE)
    size = EMBEDDED_SIZE
    if config is not None:
        cfg = launching.load_config(config)
        backbone = {**cfg.model.backbone, "type": "solider_mm.SOLIDERSwin"}
        size = tuple(cfg.get("global_size", (256, 128)))
    weights = {"type": "Pretrained", "checkpoint": checkpoint}
    network = MODELS.build({**backbone, "init_cfg": weights})
    network.init_weights()
    return network, size


def render_people(args: argparse.Namespace, size: tuple[int, int]) -> "ProbePeople":
    """Render people that no weights of ours were trained on."""
    from solider_mm.evaluation.semantic_weight.people import ProbePeople
    from solider_mm.synthetic import render_pedestrian

    return ProbePeople.of(
        [
            render_pedestrian(
                FIRST_IDENTITY + person, camera, shot, size, background=args.background
            )
            for person in range(args.identities)
            for camera in range(CAMERAS)
            for shot in range(SHOTS)
        ],
        size,
    )


def read_photos(args: argparse.Namespace, size: tuple[int, int]) -> "ProbePeople":
    """Read photos with the labels of their layout."""
    from solider_mm.evaluation.semantic_weight.people import ProbePeople
    from solider_mm.fileio.image_io import read_image
    from solider_mm.fileio.image_selection import evenly_spaced
    from solider_mm.fileio.images import list_images

    if args.layout == "market1501":
        return ProbePeople.of(list(read_market1501(args, size)), size)
    if args.layout in ("ccp", "lip"):
        return ProbePeople.of(list(read_parsing(args, size)), size)
    paths = evenly_spaced(list_images([args.images]), args.identities)
    return ProbePeople.of(
        [{"image": resized(read_image(p), size)} for p in paths], size
    )


def read_market1501(
    args: argparse.Namespace, size: tuple[int, int]
) -> "Iterator[dict[str, Any]]":
    """Crops of the test split, with attributes where their file is there."""
    from solider_mm.datasets.layouts import find_image_folder, market1501_name
    from solider_mm.downstream.attribute import Market1501Attributes
    from solider_mm.fileio.image_io import read_image
    from solider_mm.fileio.images import list_images

    root = Path(args.images)
    folders = [
        find_image_folder(root, "market1501", name) for name in ("query", "test")
    ]
    attributes: dict[str, Any] = {}
    if (folders[0].parent / "market_attribute.mat").is_file():
        dataset = Market1501Attributes(data_root=args.images, split="test")
        for index in range(len(dataset)):
            sample = dataset.get_data_info(index)
            row = dict(enumerate(sample["gt_score"].astype(int).tolist()))
            attributes[str(Path(sample["img_path"]).resolve())] = row
    by_person: dict[int, list[Path]] = {}
    for path in list_images(folders):
        if market1501_name(path).identity > 0:
            by_person.setdefault(market1501_name(path).identity, []).append(path)
    for identity in sorted(by_person)[: args.identities]:
        for path in by_person[identity]:
            known: dict[str, Any] = {}
            if attributes:
                known["attributes"] = attributes[str(path.resolve())]
            camera = market1501_name(path).camera
            image = resized(read_image(path), size)
            yield {"image": image, "identity": identity, "camera": camera, **known}


def read_parsing(
    args: argparse.Namespace, size: tuple[int, int]
) -> "Iterator[dict[str, Any]]":
    """Photos with parsing labels; ignored pixels count as background."""
    import cv2

    from solider_mm.fileio.image_io import read_image

    try:
        from solider_mm.downstream import human_parsing
    except ModuleNotFoundError as error:
        raise ImportError(
            f"parsing labels are read with mmseg, and {error.name} is missing: run "
            "`tools/set_up.sh --tier full`."
        ) from error
    dataset: Any = (
        human_parsing.ClothingCoParsing(data_root=args.images)
        if args.layout == "ccp"
        else human_parsing.LIPParsing(data_root=args.images, split="val")
    )
    load = human_parsing.LoadLabelMap()
    count = min(args.identities, len(dataset))
    for number in range(count):
        sample = dataset.get_data_info(number * len(dataset) // count)
        image = read_image(sample["img_path"])
        labels = load.transform({**sample, "ori_shape": image.shape[:2]})["gt_seg_map"]
        labels[labels == 255] = 0
        small = cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
        yield {"image": resized(image, size), "coarse_parts": small}


def resized(image: Any, size: tuple[int, int]) -> Any:
    """An image (H, W, 3) at the size of the network."""
    import cv2

    return cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    sys.exit(main())
