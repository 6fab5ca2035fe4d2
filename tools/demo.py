"""Train a λ that steers, and show what it changes.

Renders synthetic pedestrians with exact truth, continues the nano weights of the
paper's recipe, on which λ has no effect, with a second stage in which it has one, and
measures frozen features before and after on other people. About three minutes on two
cores.

Examples:
    python tools/demo.py
    python tools/demo.py --work-dir work_dirs/small --identities 60 --epochs 2
    python tools/demo.py --from-scratch
"""

import argparse
import contextlib
import os
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from solider_mm.command_line import create_parser, run_command

if TYPE_CHECKING:
    from solider_mm.evaluation.semantic_weight.bootstrap import Estimate

    Results = dict[float, dict[str, Estimate]]

ROOT = Path(__file__).resolve().parents[1]
PRETRAIN = ROOT / "configs" / "pretrain"
DINO = PRETRAIN / "dino_swin-nano_1xb32-bf16-coslr-10e_synthetic-64x32.py"
STEERED = PRETRAIN / "solider_swin-nano_1xb16-bf16-steered-coslr-3e_synthetic-64x32.py"
BATCH = 16  # minutes are best spent on many small steps
SCRATCH_EPOCHS = 12  # of the first stage, with --from-scratch
BACKGROUND = "noise"  # as in the training of the first-stage weights
WORLD = 1000  # seed of the people: none that the first-stage weights have seen
FIRST_TESTED = 500_000  # number of the first person that is measured, not trained on
TEST_IDENTITIES, CAMERAS, SHOTS = 60, 3, 2
WEIGHTS = (0.0, 0.5, 1.0)
SHOWN = 8
TOKEN = (3, 2)  # row and column in the map of 8×4 tokens: the middle of the body
TEXTS = {
    "part_geometry": "distance between body parts over distance within a part, in "
    "token space: higher is more semantic",
    "part_probe_few": "body parts of tokens by a linear classifier that has seen 8 "
    "labeled images, mIoU in %",
    "identity_map": "finding the same person in another camera, mAP in %",
    "identity_rank1": "the nearest image of another camera shows the same person, %",
}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "--work-dir",
        type=Path,
        default=ROOT / "work_dirs" / "demo",
        help="everything goes here (default: work_dirs/demo)",
    )
    parser.add_argument(
        "--identities",
        type=int,
        default=150,
        help="people to train on, about 12 crops each (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        default=4,
        help="epochs of the second stage, 2 at least (default: %(default)s)",
    )
    parser.add_argument(
        "--from-scratch",
        action="store_true",
        help="train the first stage too, instead of taking the weights of the package",
    )
    parser.add_argument("--seed", type=int, default=0, help="of people and training")
    args = parser.parse_args(argv)
    if args.epochs < 2:
        parser.error(f"--epochs {args.epochs}: the first warms up; give at least 2")
    return args


def main(argv: list[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    return run_command(run_with_log, parse_args(argv))


def run_with_log(args: argparse.Namespace) -> None:
    """Run the demo with mmengine's messages in a file."""
    warnings.filterwarnings("ignore")  # of the hosts, about packages not needed here
    out = args.work_dir.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "demo.log").open("w") as log:
        run(args, out, log)


def run(args: argparse.Namespace, out: Path, log: TextIO) -> None:
    """Render, measure, train, measure again, show."""
    import torch

    from solider_mm.engine.allocator import keep_freed_memory
    from solider_mm.evaluation.semantic_weight.people import ProbePeople
    from solider_mm.evaluation.semantic_weight.probe import probe_semantic_weight
    from solider_mm.synthetic import write_market1501
    from solider_mm.visualization import plot_training
    from solider_mm.visualization.semantic_weight_curves import plot_semantic_weight

    start = time.monotonic()
    # One core loads; threads that wait for a busy core cost far more than they give.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    keep_freed_memory()
    print("rendering people …", flush=True)
    data = write_market1501(
        out / f"people_{args.identities}_{args.seed}",
        seed=WORLD + args.seed,
        num_identities=args.identities,
        num_test_identities=0,
        num_distractors=0,
        truth=False,
        background=BACKGROUND,
    )
    rendered = render_test_people(WORLD + args.seed)
    people = ProbePeople.of(rendered, image_size())
    torch.manual_seed(args.seed)
    untrained = probe_semantic_weight(build_backbone(None), people, [0.0])[0.0]
    checkpoint = "embedded-start"
    folders = []
    if args.from_scratch:
        folders.append(train(args, DINO, SCRATCH_EPOCHS, out, data, None, log))
        checkpoint = str(folders[0] / f"epoch_{SCRATCH_EPOCHS}.pth")
    before = probe_semantic_weight(build_backbone(checkpoint), people, WEIGHTS)
    folders.append(train(args, STEERED, args.epochs, out, data, checkpoint, log))
    trained = folders[-1] / f"epoch_{args.epochs}.pth"
    backbone = build_backbone(str(trained))
    after = probe_semantic_weight(backbone, people, WEIGHTS)

    curves = plot_training(folders, out / "curves.png")
    plot = plot_semantic_weight(after, out / "semantic_weight.png", before[0.0])
    panel = show_people(backbone, rendered[:: len(rendered) // SHOWN][:SHOWN], out)
    print("\n" + format_results(untrained, before, after))
    print(
        f"\nDone in {(time.monotonic() - start) / 60:.1f} minutes. See\n"
        f"  {panel}   people at λ = 0, 0.5 and 1: parts, and what resembles a token\n"
        f"  {plot}   every measurement over λ (dashed: before)\n"
        f"  {curves}   losses and schedules\n"
        f"  {trained}   weights; measure them again:\n"
        f"      python tools/analysis_tools/probe_semantic_weight.py --checkpoint "
        f"{trained} --plot probe.png\n"
        "Longer runs: docs/pretraining_runs.md."
    )


def format_results(
    untrained: "dict[str, Estimate]", before: "Results", after: "Results"
) -> str:
    """A line per measurement: an untrained network, before, and after at every λ."""
    titles = [
        "untrained",
        *(f"{w} λ={x:g}" for w in ("before", "after") for x in (0, 1)),
    ]
    lines = ["On people that were not trained on:", ""]
    lines.append(" " * 16 + "".join(title.rjust(13) for title in titles))
    for name, text in TEXTS.items():
        columns = [untrained, before[0.0], before[1.0], after[0.0], after[1.0]]
        digits = 2 if name == "part_geometry" else 1
        cells = [f"{column[name].value:.{digits}f}".rjust(13) for column in columns]
        lines += [name.ljust(16) + "".join(cells), f"    {text}"]
    effects = [
        results[1.0]["part_geometry"].over(results[0.0]["part_geometry"])
        for results in (before, after)
    ]
    lines.append(
        f"\nFrom λ = 0 to 1 part geometry is multiplied by {effects[1].value:.2f} "
        f"(95 % interval {effects[1].low:.2f} to {effects[1].high:.2f}); before, by "
        f"{effects[0].value:.2f}."
    )
    return "\n".join(lines)


def image_size() -> tuple[int, int]:
    """(H, W) of the network's images."""
    from solider_mm.checkpoints import EMBEDDED_SIZE

    return EMBEDDED_SIZE


def build_backbone(checkpoint: str | None) -> Any:
    """The nano λ-Swin with the weights of a file, or with random ones."""
    from mmengine.registry import MODELS

    import solider_mm.models  # noqa: F401  (registers the backbone)
    from solider_mm.checkpoints.embedded import EMBEDDED_BACKBONE

    config = dict(EMBEDDED_BACKBONE)
    if checkpoint is not None:
        config["init_cfg"] = {"type": "Pretrained", "checkpoint": checkpoint}
    backbone = MODELS.build(config)
    with contextlib.redirect_stdout(None):
        backbone.init_weights()
    return backbone.eval()


def render_test_people(seed: int) -> list[Any]:
    """Crops of people that are not trained on: three cameras, two shots each."""
    from solider_mm.synthetic import render_pedestrian

    return [
        render_pedestrian(
            FIRST_TESTED + person, camera, shot, seed=seed, background=BACKGROUND
        )
        for person in range(TEST_IDENTITIES)
        for camera in range(CAMERAS)
        for shot in range(SHOTS)
    ]


def train(
    args: argparse.Namespace,
    config: Path,
    epochs: int,
    out: Path,
    data: Path,
    checkpoint: str | None,
    log: TextIO,
) -> Path:
    """Train one stage with mmengine's runner; return its folder."""
    from solider_mm.engine import device_adaptation, launching

    stage = config.stem.partition("_")[0]
    options: dict[str, object] = {
        "train_dataloader.dataset.data_root": str(data),
        "randomness.seed": args.seed,
        "train_dataloader.num_workers": 1,
        "train_dataloader.batch_size": BATCH,
        "train_cfg.max_epochs": epochs,
        "param_scheduler.1.end": epochs,
        "param_scheduler.1.T_max": epochs - 1,  # the first epoch warms up
        "default_hooks.logger.interval": 10,
        "default_hooks.checkpoint.interval": epochs,
    }
    if checkpoint is not None and checkpoint.endswith(".pth"):
        options |= {"load_from": checkpoint, "model.backbone.init_cfg": None}
    cfg = launching.load_config(str(config), options)
    cfg.launcher = "none"
    folder = out / stage
    shutil.rmtree(folder, ignore_errors=True)  # a demo always starts anew
    launching.set_work_dir(cfg, str(folder), str(config))
    device_adaptation.adapt_config_to_device(cfg)
    # mmengine logs much at each start; a progress bar is enough here.
    with contextlib.redirect_stdout(log):
        runner = launching.build_runner(cfg)
        runner.register_hook(progress_hook(stage), priority="LOWEST")
        runner.train()
    return folder


def progress_hook(stage: str) -> Any:
    """A hook that shows a bar with the time left and the loss."""
    from mmengine.hooks import Hook
    from tqdm import tqdm

    class Progress(Hook):
        def before_train(self, runner: Any) -> None:
            self.bar = tqdm(total=runner.max_iters, desc=f"  {stage:8}", unit="step")

        def after_train_iter(
            self, runner: Any, batch_idx: int, data_batch: Any, outputs: dict[str, Any]
        ) -> None:
            del runner, data_batch
            self.bar.update()
            if batch_idx % 10 == 0:
                self.bar.set_postfix(loss=f"{float(outputs['loss']):.3f}")

        def after_train(self, runner: Any) -> None:
            del runner
            self.bar.close()

    return Progress()


def show_people(backbone: Any, people: list[Any], out: Path) -> Path:
    """Show people at several λ: parts, and similarity to one token of the first."""
    import torch

    from solider_mm.engine import launching
    from solider_mm.functional.image_batch import image_batch
    from solider_mm.functional.token_similarity import token_similarity
    from solider_mm.registry import MODELS
    from solider_mm.visualization.semantic_weight_panel import (
        plot_semantic_weight_panel,
    )

    cfg = launching.load_config(str(STEERED))
    clusterer = MODELS.build(cfg.model.target_generator)
    images = [person["image"] for person in people]
    batch = image_batch([torch.from_numpy(image) for image in images], image_size())
    with torch.inference_mode():
        maps = [pyramid[-1] for pyramid in backbone.forward_weights(batch, WEIGHTS)]
    return plot_semantic_weight_panel(
        images,
        {w: clusterer(m)[0].numpy() for w, m in zip(WEIGHTS, maps, strict=True)},
        {
            w: token_similarity(m, 0, *TOKEN).numpy()
            for w, m in zip(WEIGHTS, maps, strict=True)
        },
        TOKEN,
        out / "people.png",
    )


if __name__ == "__main__":
    sys.exit(main())
