r"""Turn a training checkpoint into a small file that carries its config.

Optimizer and bookkeeping are dropped, weights are rounded to float16 if asked for, and
the config and the names of the classes go into the file, so that it is enough on its
own: `python -m solider_mm TASK INPUT --model FILE.safetensors --out DIR`.

Examples:
    python tools/model_converters/publish_model.py work_dirs/RUN/epoch_10.pth \
        reid.safetensors --half --license Apache-2.0
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="file that training wrote")
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    parser.add_argument("--config", help="default: the one in the checkpoint")
    parser.add_argument("--half", action="store_true", help="round to float16")
    parser.add_argument("--license", default="", help="license of the weights")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Write the file and print its size and SHA-256."""
    args = parse_args(argv)
    from solider_mm.engine import launching

    with launching.report_user_errors():
        from solider_mm.checkpoints.publishing import publish_model

        digest = publish_model(
            args.checkpoint,
            args.out,
            config=args.config,
            half=args.half,
            weights_license=args.license,
        )
        print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB, SHA-256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
