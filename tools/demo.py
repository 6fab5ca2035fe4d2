"""Pretrain a nano SOLIDER on synthetic pedestrians and show the semantic parts.

Renders person crops with exact labels, trains DINO and then SOLIDER on them, and
compares the semantic parts with the ground truth before and after. About five minutes
on two cores.

Examples:
    python tools/demo.py
    python tools/demo.py --out work_dirs/small --identities 100 --epochs 4 2
"""

import argparse
import contextlib
import os
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import Any, TextIO

from solider_mm.command_line import create_parser, run_command

ROOT = Path(__file__).resolve().parents[1]
NANO = "configs/pretrain/{}_swin-nano_1xb32-bf16-coslr-{}_synthetic-64x32.py"
STAGES = {
    "dino": ROOT / NANO.format("dino", "10e"),
    "solider": ROOT / NANO.format("solider", "5e-from-dino"),
}
# In a few minutes, small batches and a long first stage work best.
BATCH = 16
EPOCHS = (12, 3)
TEST_IDENTITIES = 50  # people that are not in the training data
SHOWN = 8
BACKGROUND = "noise"  # uninformative, so that people are found sooner


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "work_dirs" / "demo",
        help="output folder (default: work_dirs/demo)",
    )
    parser.add_argument(
        "--identities",
        type=int,
        default=200,
        help="training people, about 12 crops each (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        nargs=2,
        metavar=("DINO", "SOLIDER"),
        default=EPOCHS,
        help="epochs of the two stages, at least 2 (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of rendering and training"
    )
    args = parser.parse_args(argv)
    if min(args.epochs) < 2:
        parser.error(f"--epochs {args.epochs}: one is warm-up; give at least 2")
    return args


def main(argv: list[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    return run_command(run_with_log, parse_args(argv))


def run_with_log(args: argparse.Namespace) -> None:
    """Run the demo with mmengine's messages in a file."""
    warnings.filterwarnings("ignore")  # of the hosts, about packages not needed here
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "demo.log").open("w") as log:
        run(args, out, log)


def run(args: argparse.Namespace, out: Path, log: TextIO) -> None:
    """Render, measure, train two stages, measure again, show."""
    import torch

    from solider_mm.engine.allocator import keep_freed_memory
    from solider_mm.evaluation.semantic_parts.report import format_part_report
    from solider_mm.inference import SemanticPartsFinder
    from solider_mm.synthetic import write_market1501
    from solider_mm.visualization import plot_training

    start = time.monotonic()
    # One core loads data; threads that wait for a busy core slow training down.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    keep_freed_memory()
    data = write_market1501(
        out / f"synthetic_{args.identities}_{args.seed}",
        seed=args.seed,
        num_identities=args.identities,
        num_test_identities=0,
        num_distractors=0,
        truth=False,
        background=BACKGROUND,
    )
    people = render_test_people(args)
    torch.manual_seed(args.seed)
    finder = SemanticPartsFinder.from_config(str(STAGES["solider"]))
    before = measure(finder, people)

    checkpoint = None
    for number, stage in enumerate(STAGES):
        checkpoint = train(args, stage, number, out, data, checkpoint, log)
    finder = SemanticPartsFinder.from_config(
        str(STAGES["solider"]), checkpoint=str(checkpoint)
    )
    after = measure(finder, people)

    curves = plot_training([out / stage for stage in STAGES], out / "curves.png")
    panel = show_parts(finder, people[:: len(people) // SHOWN][:SHOWN], out)
    print("\nOn people outside the training data, before and after:\n")
    print(format_part_report({"before": before, "after": after}))
    print(
        f"\nPretrained in {(time.monotonic() - start) / 60:.1f} minutes. See\n"
        f"  {panel}   semantic parts the teacher finds, image by image\n"
        f"  {curves}   losses, teacher entropy, learning rate\n"
        f"  {checkpoint}   weights; semantic parts in your images:\n"
        "      python tools/visualization/show_semantic_parts.py FOLDER "
        f"--checkpoint {checkpoint} --config {STAGES['solider'].relative_to(ROOT)}\n"
        "Results of longer runs: docs/pretraining_runs.md."
    )


def render_test_people(args: argparse.Namespace) -> list[Any]:
    """Crops of people outside the training data: three cameras, two shots each."""
    from solider_mm.synthetic import render_pedestrian

    return [
        render_pedestrian(
            args.identities + person,
            camera,
            shot,
            seed=args.seed,
            background=BACKGROUND,
        )
        for person in range(TEST_IDENTITIES)
        for camera in range(3)
        for shot in range(2)
    ]


def measure(finder: Any, people: list[Any]) -> dict[str, float]:
    """Agreement with the ground truth; see `part_report`."""
    from solider_mm.evaluation.semantic_parts.report import part_report

    return part_report(finder.backbone, finder.clusterer, people, size=finder.size)


def train(
    args: argparse.Namespace,
    stage: str,
    number: int,
    out: Path,
    data: Path,
    checkpoint: Path | None,
    log: TextIO,
) -> Path:
    """Train one stage with mmengine's runner; return its last checkpoint."""
    from solider_mm.engine import device_adaptation, launching

    epochs = args.epochs[number]
    options: dict[str, object] = {
        "train_dataloader.dataset.data_root": str(data),
        "load_from": None if checkpoint is None else str(checkpoint),
        "randomness.seed": args.seed,
        "train_dataloader.num_workers": 1,
        "train_dataloader.batch_size": BATCH,
        "train_cfg.max_epochs": epochs,
        "param_scheduler.1.end": epochs,
        "param_scheduler.1.T_max": epochs - 1,  # the first epoch warms up
        "default_hooks.logger.interval": 10,
        "default_hooks.checkpoint.interval": 5,
    }
    cfg = launching.load_config(str(STAGES[stage]), options)
    cfg.launcher = "none"
    shutil.rmtree(out / stage, ignore_errors=True)  # a demo always starts from scratch
    launching.set_work_dir(cfg, str(out / stage), str(STAGES[stage]))
    device_adaptation.adapt_config_to_device(cfg)
    # mmengine logs much at each start; the terminal shows a progress bar only.
    with contextlib.redirect_stdout(log):
        runner = launching.build_runner(cfg)
        runner.register_hook(progress_hook(stage), priority="LOWEST")
        runner.train()
    return Path(runner.work_dir) / f"epoch_{runner.epoch}.pth"


def progress_hook(stage: str) -> Any:
    """Create a hook that shows a progress bar with the loss."""
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


def show_parts(finder: Any, people: list[Any], out: Path) -> Path:
    """Write the panel of semantic parts for λ = 1."""
    from solider_mm.visualization import plot_semantic_parts, write_image

    images = [person["image"] for person in people]
    panel = plot_semantic_parts(
        images,
        [finder(images, 1.0)],
        num_parts=finder.num_parts,
        names=[f"person {person['identity']}" for person in people],
    )
    return write_image(panel, out / "semantic_parts.png")


if __name__ == "__main__":
    sys.exit(main())
