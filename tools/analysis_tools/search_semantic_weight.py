r"""Search the λ at which a task's metric is best.

With --checkpoint the trained model is evaluated at a grid of λ, then between the
neighbors of the best one. With --train the config is trained once for every λ and
seed, as in the paper's Fig. 2. What is finished is kept in the work folder: the same
command resumes after an interruption.

Examples:
    python tools/analysis_tools/search_semantic_weight.py \
        configs/reid/reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32.py \
        --checkpoint work_dirs/reid/best.pth --json search.json --plot search.png
    python tools/analysis_tools/search_semantic_weight.py CONFIG --train --seeds 0 1 2
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solider_mm.command_line import check_outputs, create_parser, run_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from solider_mm.evaluation.semantic_weight.search import SearchResult

ROOT = Path(__file__).resolve().parents[2]
GRID = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
CONDITIONED = ("SOLIDERSwin", "SwinRoIStage")  # modules with a λ of their own


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    parser.add_argument("config", help="config of a downstream task")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--checkpoint", help="trained model to evaluate at every λ")
    how.add_argument(
        "--train", action="store_true", help="train the config at every λ and seed"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="for --train")
    parser.add_argument(
        "--grid", type=float, nargs="+", default=list(GRID), metavar="λ"
    )
    parser.add_argument(
        "--refine", type=int, default=6, help="evaluations after the grid, at most"
    )
    parser.add_argument(
        "--metric",
        help="for example reid/mAP; default: what the config keeps the best of",
    )
    parser.add_argument(
        "--work-dir",
        type=Path,
        help="finished values are kept here (default: work_dirs/CONFIG/search)",
    )
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--plot", type=Path, help="plot the metric over λ here")
    parser.add_argument(
        "--cfg-options", nargs="+", default=[], metavar="KEY=VALUE", help="overrides"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Search; print the table and the line for the config."""
    return run_command(run, parse_args(argv))


def run(args: argparse.Namespace) -> None:
    """Search with what earlier runs have left in the work folder."""
    from solider_mm.evaluation.semantic_weight.search import (
        is_greater_better,
        search_semantic_weight,
    )
    from solider_mm.fileio.json_file import write_json
    from solider_mm.functional.semantic_weight import check_semantic_weight

    check_outputs(args.json, args.plot)
    for weight in args.grid:  # before the first evaluation, which may take minutes
        check_semantic_weight(weight)
    default = ROOT / "work_dirs" / Path(args.config).stem / "search"
    folder = (args.work_dir or default).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    state_file = folder / ("trained.json" if args.train else "evaluated.json")
    state = json.loads(state_file.read_text()) if state_file.is_file() else {}
    source = str(args.checkpoint or "training") + " " + " ".join(args.cfg_options)
    if state.get("source", source) != source:
        raise ValueError(
            f"{state_file} was written for {state['source']!r}, not for {source!r}: "
            "give another --work-dir, or delete the file."
        )
    runs: dict[str, dict[str, float]] = state.get("runs", {})
    metric_name = args.metric
    evaluate_run = train_and_test if args.train else evaluator(args, folder)
    seeds = args.seeds if args.train else [0]
    start, done = time.monotonic(), list[float]()
    num_evaluations = len(set(args.grid)) + args.refine

    def evaluate(weight: float) -> float:
        nonlocal metric_name
        values = []
        for seed in seeds:
            key = f"{weight:g} {seed}"
            if key not in runs:
                runs[key] = evaluate_run(args, folder, weight, seed)
                write_json(state_file, {"source": source, "runs": runs}, indent=1)
            metric_name = metric_name or default_metric(args, runs[key])
            if metric_name not in runs[key]:
                raise ValueError(
                    f"the metric {metric_name!r} was not measured: choose one of "
                    f"{sorted(runs[key])} with --metric."
                )
            values.append(runs[key][metric_name])
        mean = statistics.fmean(values)
        done.append(weight)
        left = max(num_evaluations - len(done), 0)
        seconds = left * (time.monotonic() - start) / len(done)
        print(
            f"λ = {weight:<7g} {metric_name} = {mean:.4f}   ({len(done)} of at most "
            f"{num_evaluations}, up to {seconds / 60:.1f} minutes left)",
            flush=True,
        )
        return mean

    first = evaluate(args.grid[0]) if args.grid else 0.0  # tells the metric's name
    result = search_semantic_weight(
        evaluate,
        args.grid,
        greater_is_better=is_greater_better(str(metric_name)),
        num_refinements=args.refine,
        finished={args.grid[0]: first} if args.grid else None,
    )
    report(args, result, str(metric_name), runs)


def default_metric(args: argparse.Namespace, measured: dict[str, float]) -> str:
    """The metric the config keeps the best checkpoint of, else mIoU, else the first."""
    from solider_mm.engine import launching

    cfg = launching.load_config(args.config)
    chosen = cfg.get("default_hooks", {}).get("checkpoint", {}).get("save_best")
    candidates = [chosen, *(n for n in measured if n.endswith("mIoU")), *measured]
    return next(name for name in candidates if name in measured)


def load_task(
    args: argparse.Namespace, weight: float, folder: Path, seed: int | None = None
) -> Any:
    """The config with λ set wherever the model has one."""
    from solider_mm.engine import launching

    cfg = launching.load_config(args.config, launching.read_overrides(args.cfg_options))
    places = backbone_keys(cfg.model.to_dict(), "model")
    if not places:
        raise ValueError(
            f"{args.config} builds no {CONDITIONED[0]}: λ has no effect; use the "
            "config of a downstream task of this package."
        )
    cfg.merge_from_dict({f"{place}.semantic_weight": weight for place in places})
    if seed is not None:
        cfg.merge_from_dict({"randomness.seed": seed})
    cfg.launcher = "none"
    cfg.work_dir = str(folder)
    return cfg


def backbone_keys(model: dict[str, Any], prefix: str) -> list[str]:
    """Dotted keys of all modules of a model's config that have a λ."""
    found = [prefix] if str(model.get("type", "")).endswith(CONDITIONED) else []
    for name, value in model.items():
        if isinstance(value, dict):
            found += backbone_keys(value, f"{prefix}.{name}")
    return found


def evaluator(
    args: argparse.Namespace, folder: Path
) -> "Callable[[argparse.Namespace, Path, float, int], dict[str, float]]":
    """A function that tests the checkpoint at a λ, with one runner for all λ."""
    from solider_mm.checkpoints.controllers import require_controllers
    from solider_mm.engine import device_adaptation, launching

    cfg = load_task(args, 0.0, folder)
    launching.set_checkpoint(cfg, args.checkpoint)
    require_controllers(cfg.load_from)
    device_adaptation.join_processes_on_cpu(cfg)
    runner = launching.build_runner(cfg)

    def evaluate(
        args: argparse.Namespace, folder: Path, weight: float, seed: int
    ) -> dict[str, float]:
        del args, folder, seed
        for module in runner.model.modules():
            if type(module).__name__ in CONDITIONED:
                module.semantic_weight = weight
        return plain(runner.test())

    return evaluate


def train_and_test(
    args: argparse.Namespace, folder: Path, weight: float, seed: int
) -> dict[str, float]:
    """Train in a process of its own, resuming what is there, then test."""
    from solider_mm.engine import device_adaptation, launching

    place = folder / f"weight_{weight:g}_seed_{seed}"
    cfg = load_task(args, weight, place, seed)
    place.mkdir(parents=True, exist_ok=True)
    config_file = place / "search_config.py"
    cfg.dump(config_file)
    command = [sys.executable, ROOT / "tools/train.py", config_file, "--resume"]
    done = subprocess.run([*map(str, command), "--work-dir", str(place)], check=False)
    if done.returncode != 0:
        raise RuntimeError(
            f"training at λ = {weight:g} with seed {seed} ended with code "
            f"{done.returncode}: see the log in {place}; finished values are kept."
        )
    launching.set_checkpoint(cfg, (place / "last_checkpoint").read_text().strip())
    device_adaptation.join_processes_on_cpu(cfg)
    return plain(launching.build_runner(cfg).test())


def plain(metrics: dict[str, Any]) -> dict[str, float]:
    """The metrics that are single numbers."""
    return {k: float(v) for k, v in metrics.items() if isinstance(v, int | float)}


def report(
    args: argparse.Namespace,
    result: "SearchResult",
    metric: str,
    runs: dict[str, dict[str, float]],
) -> None:
    """Print the table and the line for the config; write what was asked for."""
    from solider_mm.evaluation.semantic_weight.search import noise_warning
    from solider_mm.fileio.json_file import write_json
    from solider_mm.visualization.semantic_weight_curves import plot_search

    by_weight: dict[float, list[float]] = {}
    for key, measured in runs.items():
        where, seed = key.split()
        if not args.train or int(seed) in args.seeds:
            by_weight.setdefault(float(where), []).append(measured[metric])
    warning = noise_warning(dict(sorted(by_weight.items())))
    print(f"\n{'λ':8}{metric}")
    for weight, value in result.metrics.items():
        print(f"{weight:<8g}{value:.4f}{'  best' if weight == result.best else ''}")
    if warning:
        print(f"\n{warning}")
    print(f"\nFor the config:\nsemantic_weight = {result.best:g}")
    if args.json:
        content = {
            "config": args.config,
            "metric": metric,
            "best": result.best,
            "warning": warning,
            "results": [
                {"semantic_weight": weight, "value": value}
                for weight, value in result.metrics.items()
            ],
            "runs": runs,
        }
        write_json(args.json, content, indent=1)
    if args.plot:
        print(plot_search(result.metrics, result.best, metric, args.plot))


if __name__ == "__main__":
    sys.exit(main())
