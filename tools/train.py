"""Train from a config; `mim train solider_mm CONFIG` calls this file."""

import argparse
import os
import sys
from typing import Any


def parse_arguments() -> argparse.Namespace:
    """Read the command line. Nothing heavy is imported before: -h answers at once."""
    parser = argparse.ArgumentParser(
        description="Train from a config. The run can be interrupted and resumed.",
        epilog="A user's error is one sentence and exit code 2; SOLIDER_MM_TRACEBACK=1 "
        "shows the traceback. The device is a GPU if torch sees one, else the CPU.",
    )
    parser.add_argument("config", help="path of the config file")
    parser.add_argument(
        "--work-dir", help="logs and checkpoints go here (default: work_dirs/CONFIG)"
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="auto|PATH",
        help="continue from a checkpoint; alone or with 'auto': the last one",
    )
    parser.add_argument(
        "--amp",
        action="store_true",
        help="mixed precision: fp16 on a GPU, bf16 on a CPU",
    )
    parser.add_argument(
        "--auto-scale-lr",
        action="store_true",
        help="scale the learning rate with the real total batch size",
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="override config values, for example train_dataloader.batch_size=16",
    )
    parser.add_argument(
        "--launcher",
        choices=("none", "pytorch", "slurm", "mpi"),
        default="none",
        help="what started the processes of a distributed run",
    )
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0)
    arguments = parser.parse_args()
    os.environ.setdefault("LOCAL_RANK", str(arguments.local_rank))
    return arguments


def prepare(arguments: argparse.Namespace) -> Any:
    """Make the config that the runner is built from."""
    import torch

    from solider_mm.engine import allocator, device_adaptation, launching, resuming

    if not torch.cuda.is_available():
        allocator.keep_freed_memory()
    cfg = launching.load_config(
        arguments.config, launching.read_overrides(arguments.cfg_options)
    )
    cfg.launcher = arguments.launcher
    launching.set_work_dir(cfg, arguments.work_dir, arguments.config)
    resuming.set_resume(cfg, arguments.resume)
    if arguments.amp:
        device_adaptation.set_mixed_precision(cfg)
    device_adaptation.adapt_config_to_device(cfg)
    device_adaptation.join_processes_on_cpu(cfg)
    if arguments.auto_scale_lr:
        launching.set_auto_scale_lr(cfg)
    return cfg


def main() -> int:
    """Train; return the exit code."""
    arguments = parse_arguments()
    from solider_mm.engine import launching, resuming

    with launching.report_user_errors():
        cfg = prepare(arguments)
        try:
            launching.build_runner(cfg).train()
        except KeyboardInterrupt:
            if os.environ.get("RANK", "0") == "0":
                command = [sys.executable, *sys.argv]
                print(f"\n{resuming.how_to_resume(cfg.work_dir, command)}", flush=True)
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
