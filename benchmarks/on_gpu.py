"""Run everything that needs a GPU, one command after another.

Each command writes its own file as it goes, so that whatever has run is kept when time
is up. `summary.json` lists command, exit code and seconds; a repeated call skips what
has succeeded.

    python benchmarks/on_gpu.py results
    python benchmarks/on_gpu.py results --train CONFIG --images FOLDER --only train_step
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["commands", "main", "run_all"]

ROOT = Path(__file__).resolve().parents[1]
TRAINING_SECONDS = 600
_STEP = "benchmarks/train_step.py --device cuda --dtype bf16 --baseline-dtype fp16"


def commands(
    images: Path | None, train: Sequence[str], peak: float
) -> dict[str, list[str]]:
    """Commands by name, the short and important ones first.

    Args:
        images: Folder of crops; without one what needs photos is left out.
        train: Configs to train for ten minutes each.
        peak: TFLOP/s of the GPU in bf16.

    Returns:
        Arguments of Python of each command.
    """
    plain = {
        "tests": "-m pytest -q -m gpu tests",
        "train_step_tiny": f"{_STEP} --batch 48 --part-times --peak {peak}",
        "clusterer": "benchmarks/clusterer.py --device cuda --images 192",
        "train_step_base": f"{_STEP} --arch base --batch 48 --peak {peak}",
        "train_step_tiny_large": f"{_STEP} --batch 256 --repeats 3 --peak {peak}",
        "operators": "benchmarks/operators.py --arch tiny",
        "attention": "benchmarks/attention.py --device cuda --dtypes fp16 bf16",
        "memory": "benchmarks/memory.py --device cuda --batches 48 24 --dtype bf16 "
        "--baseline-dtype fp16",
    }
    found = {name: command.split() for name, command in plain.items()}
    if images is not None:
        found["augmentation"] = [
            *("benchmarks/augmentation.py", "--images", str(images)),
            *("--on-device", "--device", "cuda"),
        ]
    for number, config in enumerate(train):
        folder = f"work_dirs/on_gpu_{number}"
        found[f"train_{number}"] = ["tools/train.py", config, "--work-dir", folder]
    return found


def run_all(
    wanted: Mapping[str, Sequence[str]], out: Path, seconds: float
) -> dict[str, dict[str, object]]:
    """Run the commands that have not succeeded before.

    Args:
        wanted: Arguments of Python of each command.
        out: Folder of the results.
        seconds: Time limit of a command.

    Returns:
        Summary by name: command, exit code (None after the time limit) and seconds.
    """
    out.mkdir(parents=True, exist_ok=True)
    file = out / "summary.json"
    summary = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    for name, arguments in wanted.items():
        if summary.get(name, {}).get("exit_code") == 0:
            continue
        print(f"{name}: {' '.join(arguments)}", flush=True)
        start = time.perf_counter()
        with (out / f"{name}.txt").open("w", encoding="utf-8") as stream:
            try:
                code: int | None = subprocess.run(
                    [sys.executable, *arguments],
                    cwd=ROOT,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    timeout=seconds,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = None
        spent = round(time.perf_counter() - start, 1)
        summary[name] = {
            "command": ["python", *arguments],
            "exit_code": code,
            "seconds": spent,
        }
        file.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        print(f"{name}: exit code {code} after {spent} s", flush=True)
    return summary


def main(argv: Sequence[str] | None = None) -> int:
    """Run the commands; return 0 if all have succeeded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder of the results")
    parser.add_argument("--images", type=Path, help="folder of person crops")
    parser.add_argument(
        "--train",
        nargs="*",
        default=[],
        metavar="CONFIG",
        help="pretraining configs, each for ten minutes",
    )
    parser.add_argument("--only", nargs="*", default=[], help="names to run; all")
    parser.add_argument(
        "--peak", type=float, default=800, help="TFLOP/s of the GPU in bf16"
    )
    args = parser.parse_args(argv)
    wanted = commands(args.images, args.train, args.peak)
    unknown = set(args.only) - set(wanted)
    if unknown:
        parser.error(f"--only {min(unknown)}: expected one of {list(wanted)}")
    chosen = {n: c for n, c in wanted.items() if not args.only or n in args.only}
    summary = run_all(chosen, args.out, TRAINING_SECONDS)
    return int(any(summary[name]["exit_code"] != 0 for name in chosen))


if __name__ == "__main__":
    sys.exit(main())
