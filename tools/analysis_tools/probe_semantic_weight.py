r"""Measure how a checkpoint's frozen features change with λ.

Renders synthetic pedestrians that the embedded weights have not seen, extracts
features at every λ and measures parts, identities and attributes, each with a 95 %
bootstrap interval. One to two minutes on two CPU cores for five λ with the nano
weights.

Examples:
    python tools/analysis_tools/probe_semantic_weight.py --checkpoint embedded \
        --semantic-weight 0 0.25 0.5 0.75 1 --json probe.json --plot probe.png
    python tools/analysis_tools/probe_semantic_weight.py --checkpoint epoch_5.pth \
        --config configs/pretrain/solider_swin-nano_….py --baseline dino.pth
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solider_mm.command_line import create_parser, run_command

if TYPE_CHECKING:
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
        help="people to render, six crops each (default: %(default)s)",
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
    from solider_mm.visualization.semantic_weight_curves import plot_semantic_weight

    backbone, size = build_backbone(args.checkpoint, args.config)
    people = render_people(args, size)
    results = probe_semantic_weight(backbone, people, args.semantic_weight)
    baseline: dict[str, Estimate] | None = None
    if args.baseline:
        network, _ = build_backbone(args.baseline, args.config, needs_controllers=False)
        baseline = probe_semantic_weight(network, people, [0.0])[0.0]
    effect = compare_ends(results) if len(results) > 1 else {}
    print(format_probe(results, effect, baseline))
    if args.json:
        content = probe_as_dict(results, effect, baseline)
        source = {"checkpoint": args.checkpoint, "num_images": len(people.images)}
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
    from solider_mm.checkpoints import read_checkpoint
    from solider_mm.checkpoints.embedded import EMBEDDED_BACKBONE, EMBEDDED_SIZE
    from solider_mm.engine import launching

    if needs_controllers and not any(
        name.startswith("semantic_embed_")
        for name in read_checkpoint(checkpoint).backbone
    ):
        raise ValueError(
            f"{checkpoint} holds no semantic controllers: this is a plain Swin and λ "
            "has no effect; pass the checkpoint of a SOLIDER run."
        )
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


if __name__ == "__main__":
    sys.exit(main())
