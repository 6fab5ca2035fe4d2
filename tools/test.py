"""Evaluate a checkpoint; `mim test solider_mm CONFIG CHECKPOINT` calls this file."""

import argparse
import os
import sys


def parse_arguments() -> argparse.Namespace:
    """Read the command line. Nothing heavy is imported before: -h answers at once."""
    parser = argparse.ArgumentParser(
        description="Evaluate a checkpoint with a config's test set and metrics."
    )
    parser.add_argument("config", help="path of the config file")
    parser.add_argument("checkpoint", help="path of the checkpoint")
    parser.add_argument(
        "--work-dir", help="logs and results go here (default: work_dirs/CONFIG)"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="override config values, for example test_dataloader.batch_size=16",
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


def main() -> int:
    """Evaluate; return the exit code."""
    arguments = parse_arguments()
    from solider_mm.checkpoints import require_complete
    from solider_mm.engine import device_adaptation, launching
    from solider_mm.engine.unwrapping import unwrap_model

    with launching.report_user_errors():
        cfg = launching.load_config(
            arguments.config, launching.read_overrides(arguments.cfg_options)
        )
        cfg.launcher = arguments.launcher
        launching.set_work_dir(cfg, arguments.work_dir, arguments.config)
        launching.set_checkpoint(cfg, arguments.checkpoint)
        device_adaptation.join_processes_on_cpu(cfg)
        runner = launching.build_runner(cfg)
        require_complete(unwrap_model(runner.model), arguments.checkpoint)
        runner.test()
    return 0


if __name__ == "__main__":
    sys.exit(main())
