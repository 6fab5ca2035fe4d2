"""Train from a config; `mim train solider_mm CONFIG` calls this file.

A run can be interrupted and resumed. The device is a GPU if torch sees one, else the
CPU. A user error is one sentence and exit code 2; SOLIDER_MM_TRACEBACK=1 shows the
traceback.
"""

import argparse
import os
import signal
import sys
from typing import Any

from solider_mm import device_option, supervision
from solider_mm.command_line import (
    add_run_options,
    create_parser,
    parse_run_options,
    run_command,
)


def parse_args() -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    parser.add_argument("config", help="path of the config file")
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
    add_run_options(parser, "train_dataloader.batch_size=16")
    return parse_run_options(parser)


def prepare(args: argparse.Namespace) -> Any:
    """Build the config of the run."""
    import torch

    from solider_mm.engine import allocator, device_adaptation, launching, resuming

    device_adaptation.require_device(args.device)
    if not torch.cuda.is_available():
        allocator.keep_freed_memory()
    cfg = launching.load_config(args.config, launching.read_overrides(args.cfg_options))
    cfg.launcher = args.launcher
    launching.set_work_dir(cfg, args.work_dir, args.config)
    resuming.set_resume(cfg, args.resume)
    if args.amp:
        device_adaptation.set_mixed_precision(cfg)
    device_adaptation.adapt_config_to_device(cfg)
    device_adaptation.join_processes_on_cpu(cfg)
    if args.auto_scale_lr:
        launching.set_auto_scale_lr(cfg)
    return cfg


def train(args: argparse.Namespace) -> int:
    """Train; an interrupt prints the command that resumes."""
    from solider_mm.engine import launching, resuming

    cfg = prepare(args)
    try:
        runner = launching.build_runner(cfg)
        launching.require_batches(runner)
        runner.train()
    except KeyboardInterrupt as stop:
        if os.environ.get("RANK", "0") == "0":
            command = [sys.executable, *sys.argv]
            print(f"\n{resuming.how_to_resume(cfg.work_dir, command)}", flush=True)
        return 128 + getattr(stop, "number", signal.SIGINT)
    return 0


def main() -> int:
    """Train; return the exit code."""
    args = parse_args()
    if args.launcher == "none" and supervision.is_under_mim():
        command = [sys.executable, *sys.argv]
        wanted = device_option.device_of_mim(supervision.parent_command())
        if wanted is not None and args.device is None:
            command += ["--device", wanted]
        return supervision.run_supervised(command)
    supervision.stop_with_parent()
    return run_command(train, args)


if __name__ == "__main__":
    sys.exit(main())
