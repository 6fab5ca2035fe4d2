"""Evaluate a checkpoint; `mim test solider_mm CONFIG CHECKPOINT` calls this file.

The test set and the metrics are those of the config.
"""

import argparse
import sys

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
    parser.add_argument("checkpoint", help="path of the checkpoint")
    add_run_options(parser, "test_dataloader.batch_size=16")
    return parse_run_options(parser)


def test(args: argparse.Namespace) -> None:
    """Evaluate the checkpoint."""
    from solider_mm.checkpoints import require_complete
    from solider_mm.engine import device_adaptation, launching
    from solider_mm.engine.unwrapping import unwrap_model

    device_adaptation.require_device(args.device)
    cfg = launching.load_config(args.config, launching.read_overrides(args.cfg_options))
    cfg.launcher = args.launcher
    launching.set_work_dir(cfg, args.work_dir, args.config)
    launching.set_checkpoint(cfg, args.checkpoint)
    device_adaptation.join_processes_on_cpu(cfg)
    runner = launching.build_runner(cfg)
    require_complete(unwrap_model(runner.model), args.checkpoint)
    runner.test()


def main() -> int:
    """Evaluate; return the exit code."""
    return run_command(test, parse_args())


if __name__ == "__main__":
    sys.exit(main())
