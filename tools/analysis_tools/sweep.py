r"""Train variants of a pretraining config and probe every one of them.

A YAML file names the config and what varies:

    config: configs/pretrain/solider_swin-nano_….py
    axes:
      model.semantic_head.num_blocks: [1, 2, 3]
    seeds: [0, 1]
    options:            # the same for all variants
      max_epochs: 2
    first_stage:        # trained once, or once per value of the axes it follows
      config: configs/pretrain/dino_swin-nano_….py
      options: {max_epochs: 5}
      axes: []
    metric: part_geometry
    semantic_weight: 1  # λ at which the metric is taken, beside λ = 0

Several keys that take the same value are separated by commas. Without `first_stage`
variants start from what the config names. What is finished is kept in the work folder:
the same command resumes after an interruption. With --cluster every training is a job
of submitit, in parallel.

Examples:
    python tools/analysis_tools/sweep.py SWEEP.yml --plot sweep.png
    python tools/analysis_tools/sweep.py SWEEP.yml \
        --search-args '--model.semantic_head.num_blocks 1 2 3 4 5 6'
    python tools/analysis_tools/sweep.py SWEEP.yml --cluster slurm \
        --cluster-options slurm_partition=gpu gpus_per_node=1 timeout_min=600
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solider_mm.command_line import check_outputs, create_parser, run_command

if TYPE_CHECKING:
    from solider_mm.engine.sweep import Variant

ROOT = Path(__file__).resolve().parents[2]
RESULT = "probe.json"
LOG = "sweep.log"
ERROR = re.compile(r"[\w.]*Error: ")
DEFAULTS: dict[str, Any] = {
    "seeds": [0],
    "options": {},
    "metric": "part_geometry",
    "semantic_weight": 1.0,
    "identities": 100,
    "first_stage": None,
}
KNOWN = {"config", "axes", *DEFAULTS}
KNOWN_FIRST = {"config", "options", "axes"}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    parser.add_argument("sweep", type=Path, help="YAML file")
    parser.add_argument(
        "--search-args", default="", help="axes as `mim gridsearch` takes them"
    )
    parser.add_argument(
        "--work-dir", type=Path, help="a folder per variant (default: work_dirs/SWEEP)"
    )
    parser.add_argument(
        "--cluster",
        choices=("slurm", "local", "debug"),
        help="run trainings as jobs of submitit (default: one after the other, here)",
    )
    parser.add_argument(
        "--cluster-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="parameters of submitit's executor, for example timeout_min=600",
    )
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--plot", type=Path, help="plot the metric over the first axis")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the sweep; return 1 if a variant failed."""
    return run_command(run, parse_args(argv))


def run(args: argparse.Namespace) -> int:
    """Train and probe what is not finished; report all."""
    from solider_mm.engine.job_queue import run_jobs
    from solider_mm.engine.sweep import expand_variants, read_search_args

    check_outputs(args.json, args.plot)
    sweep = read_sweep(args.sweep)
    axes = {**sweep["axes"], **read_search_args(args.search_args)}
    variants = expand_variants(axes, sweep["seeds"])
    folder = (args.work_dir or ROOT / "work_dirs" / args.sweep.stem).resolve()
    folder.mkdir(parents=True, exist_ok=True)

    def queue(action: Any, names: list[str], values: list[Any], title: str) -> set[str]:
        """Run what is missing; return the names that failed."""
        jobs = [
            partial(action, value, folder / n)
            for n, value in zip(names, values, strict=True)
        ]
        options = args.cluster_options
        done = run_jobs(jobs, title, folder / "jobs", args.cluster, options)
        return {
            name for name, succeeded in zip(names, done, strict=True) if not succeeded
        }

    failed: set[str] = set()
    if sweep["first_stage"]:
        stages = {first_stage_name(sweep, variant): variant for variant in variants}
        missing = [name for name in stages if not is_trained(folder / name)]
        train = partial(train_first_stage, sweep)
        failed |= queue(train, missing, [stages[n] for n in missing], "first stages")
    left = [
        variant
        for variant in variants
        if not (folder / variant.name / RESULT).is_file()
        and not {first_stage_name(sweep, variant)} & failed
    ]
    names = [variant.name for variant in left]
    failed |= queue(partial(run_variant, sweep), names, left, "variants")
    report(args, sweep, variants, folder)
    for name in sorted(failed):
        log = folder / name / LOG
        print(f"failed: {name}: {last_error(log)}see {log}", file=sys.stderr)
    return 1 if failed else 0


def read_sweep(path: Path) -> dict[str, Any]:
    """Read and check the YAML file."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path} is not plain YAML ({reason}): correct it.") from error
    if not isinstance(content, dict) or "config" not in content:
        raise ValueError(f"{path} names no config: add `config: PATH`.")
    first = content.get("first_stage") or {}
    unknown = sorted({*(content.keys() - KNOWN), *(first.keys() - KNOWN_FIRST)})
    if unknown:
        raise ValueError(f"{path} has unknown keys {unknown}: use {sorted(KNOWN)}.")
    if first and "config" not in first:
        raise ValueError(f"{path} names no config of the first stage: add it.")
    return {**DEFAULTS, "axes": {}, **content}


def first_stage_name(sweep: Mapping[str, Any], variant: "Variant") -> str:
    """Folder of the first stage that a variant starts from; empty without one."""
    if not sweep["first_stage"]:
        return ""
    followed = sweep["first_stage"].get("axes", [])
    return "_".join(["first_stage", *(variant.label(axis) for axis in followed)])


def train_first_stage(
    sweep: Mapping[str, Any], variant: "Variant", place: Path
) -> bool:
    """Train the stage that some variants start from, resuming what is there."""
    first = sweep["first_stage"]
    options = first.get("options", {}) | variant.overrides(first.get("axes", []))
    succeeded = train(first["config"], options, place)
    if succeeded:
        (place / "trained").touch()
    return succeeded


def run_variant(sweep: Mapping[str, Any], variant: "Variant", place: Path) -> bool:
    """Train one variant, resuming what is there, and probe its last checkpoint."""
    options = {**sweep["options"], **variant.overrides()}
    options["randomness.seed"] = variant.seed
    if sweep["first_stage"]:
        options["load_from"] = last_checkpoint(
            place.parent / first_stage_name(sweep, variant)
        )
    if not train(sweep["config"], options, place):
        return False
    probe = ["tools/analysis_tools/probe_semantic_weight.py"]
    probe += ["--checkpoint", last_checkpoint(place)]
    probe += ["--config", ROOT / sweep["config"]]
    probe += ["--semantic-weight", "0", str(sweep["semantic_weight"])]
    probe += ["--identities", str(sweep["identities"])]
    with (place / LOG).open("a") as log:
        return succeeds([*probe, "--json", place / RESULT], log)


def train(config: str, options: Mapping[str, Any], place: Path) -> bool:
    """Train a config in a folder of its own; return whether it succeeded."""
    place.mkdir(parents=True, exist_ok=True)
    words = [f"{key}={value}" for key, value in options.items()]
    command = ["tools/train.py", ROOT / config, "--work-dir", place, "--resume"]
    with (place / LOG).open("a") as log:
        return succeeds([*command, *(["--cfg-options", *words] if words else [])], log)


def is_trained(place: Path) -> bool:
    """Whether a first stage has ended: its work folder has the mark."""
    return (place / "trained").is_file()


def last_checkpoint(place: Path) -> str:
    """Path of the last checkpoint of a work folder."""
    return (place / "last_checkpoint").read_text().strip()


def succeeds(words: list[Any], log: Any) -> bool:
    """Run a tool in a process of its own, in the folder of the caller."""
    command = [sys.executable, str(ROOT / words[0]), *map(str, words[1:])]
    done = subprocess.run(command, stdout=log, stderr=log, check=False)
    return done.returncode == 0


def last_error(log: Path) -> str:
    """Return the last line of a log that names an error, or nothing."""
    if not log.is_file():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = (line for line in reversed(lines) if ERROR.match(line))
    return next((f"{line}; " for line in errors), "")


def report(
    args: argparse.Namespace,
    sweep: Mapping[str, Any],
    variants: "list[Variant]",
    folder: Path,
) -> None:
    """Print a table, mean and deviation over seeds, and write what was asked for."""
    from solider_mm.engine.sweep import format_table
    from solider_mm.fileio.json_file import write_json
    from solider_mm.visualization.semantic_weight_curves import plot_sweep

    # combination of values → probe → λ → one value per seed
    found: dict[str, dict[str, dict[float, list[float]]]] = {}
    for variant in variants:
        result = folder / variant.name / RESULT
        if not result.is_file():
            continue
        probes = found.setdefault(variant.title, {})
        for entry in json.loads(result.read_text())["results"]:
            weight = float(entry.pop("semantic_weight"))
            for name, estimate in entry.items():
                by_weight = probes.setdefault(name, {})
                by_weight.setdefault(weight, []).append(estimate["value"])
    print("\n" + format_table(found))
    metric = sweep["metric"]
    if args.json:
        at = float(sweep["semantic_weight"])
        values = {title: probes[metric][at] for title, probes in found.items()}
        content = {"metric": metric, "values": values, "results": found}
        write_json(args.json, content, indent=1)
    if args.plot and found:
        curves = {title: probes[metric] for title, probes in found.items()}
        print(plot_sweep(curves, metric, args.plot))


if __name__ == "__main__":
    sys.exit(main())
