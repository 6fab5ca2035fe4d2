r"""Train variants of a pretraining config and probe every one of them.

A YAML file names the config and what varies:

    config: configs/pretrain/solider_swin-nano_….py
    axes:
      model.semantic_head.num_blocks: [1, 2, 3]
    seeds: [0, 1]
    options:            # the same for all variants
      max_epochs: 2
    metric: part_geometry
    semantic_weight: 1  # λ at which the metric is taken

Several keys that take the same value are separated by commas. What is finished is
kept in the work folder: the same command resumes after an interruption.

Examples:
    python tools/analysis_tools/sweep.py SWEEP.yml --plot sweep.png
    python tools/analysis_tools/sweep.py SWEEP.yml \
        --search-args '--model.semantic_head.num_blocks 1 2 3 4 5 6'
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solider_mm.command_line import create_parser, run_command

if TYPE_CHECKING:
    from solider_mm.engine.sweep import Variant

ROOT = Path(__file__).resolve().parents[2]
RESULT = "probe.json"
ERROR = re.compile(r"[\w.]*Error: ")
DEFAULTS: dict[str, Any] = {
    "seeds": [0],
    "options": {},
    "metric": "part_geometry",
    "semantic_weight": 1.0,
    "identities": 100,
}
KNOWN = {"config", "axes", *DEFAULTS}


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
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--plot", type=Path, help="plot the metric over the first axis")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the sweep; return 1 if a variant failed."""
    return run_command(run, parse_args(argv))


def run(args: argparse.Namespace) -> int:
    """Train and probe what is not finished; report all."""
    from tqdm import tqdm

    from solider_mm.engine.sweep import expand_variants, read_search_args

    sweep = read_sweep(args.sweep)
    axes = {**sweep["axes"], **read_search_args(args.search_args)}
    variants = expand_variants(axes, sweep["seeds"])
    folder = (args.work_dir or ROOT / "work_dirs" / args.sweep.stem).resolve()
    failed = []
    for variant in tqdm(variants, desc="variants"):
        place = folder / variant.name
        if (place / RESULT).is_file():
            continue
        place.mkdir(parents=True, exist_ok=True)
        if not run_variant(sweep, variant, place):
            failed.append(variant.name)
    report(args, sweep, variants, folder)
    for name in failed:
        log = folder / name / "sweep.log"
        print(f"failed: {name}: {last_error(log)}see {log}", file=sys.stderr)
    return 1 if failed else 0


def read_sweep(path: Path) -> dict[str, Any]:
    """Read and check the YAML file."""
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or "config" not in content:
        raise ValueError(f"{path} names no config: add `config: PATH`.")
    unknown = sorted(content.keys() - KNOWN)
    if unknown:
        raise ValueError(f"{path} has unknown keys {unknown}: use {sorted(KNOWN)}.")
    return {**DEFAULTS, "axes": {}, **content}


def run_variant(sweep: Mapping[str, Any], variant: "Variant", place: Path) -> bool:
    """Train one variant, resuming what is there, and probe its last checkpoint."""
    options = {**sweep["options"], **variant.overrides()}
    words = [f"{key}={value}" for key, value in options.items()]
    config = ROOT / sweep["config"]
    train = ["tools/train.py", config, "--work-dir", place, "--resume"]
    with (place / "sweep.log").open("a") as log:
        if not succeeds([*train, "--cfg-options", *words], log):
            return False
        checkpoint = (place / "last_checkpoint").read_text().strip()
        probe = ["tools/analysis_tools/probe_semantic_weight.py"]
        probe += ["--checkpoint", checkpoint, "--config", config]
        probe += ["--semantic-weight", "0", str(sweep["semantic_weight"])]
        probe += ["--identities", str(sweep["identities"])]
        return succeeds([*probe, "--json", place / RESULT], log)


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
    """Print the mean and the deviation over seeds of every combination."""
    from solider_mm.fileio.json_file import write_json
    from solider_mm.visualization.semantic_weight_curves import plot_sweep

    values: dict[str, list[float]] = {}
    for variant in variants:
        result = folder / variant.name / RESULT
        if result.is_file():
            name = variant.name.rpartition("_seed=")[0]
            entries = json.loads(result.read_text())["results"]
            (entry,) = (
                e for e in entries if e["semantic_weight"] == sweep["semantic_weight"]
            )
            values.setdefault(name, []).append(entry[sweep["metric"]]["value"])
    print(f"\n{sweep['metric']} at λ = {sweep['semantic_weight']:g}")
    for name, numbers in values.items():
        spread = statistics.stdev(numbers) if len(numbers) > 1 else 0.0
        mean = statistics.fmean(numbers)
        print(f"{name:32} {mean:.4f} ± {spread:.4f} ({len(numbers)} seeds)")
    if args.json:
        content = {"metric": sweep["metric"], "values": values}
        write_json(args.json, content, indent=1)
    if args.plot and values:
        print(plot_sweep(values, sweep["metric"], args.plot))


if __name__ == "__main__":
    sys.exit(main())
