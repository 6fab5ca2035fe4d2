"""Serve the page on this machine.

    python -m solider_mm.page
    python -m solider_mm.page --port 7861 --weights FILE.safetensors --model CONFIG.py

Nothing leaves the machine: the page has no analytics, fonts or scripts from elsewhere.
"""

import argparse
import sys


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; nothing heavy is imported before."""
    parser = argparse.ArgumentParser(
        prog="python -m solider_mm.page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument(
        "--port",
        type=int,
        choices=range(1, 65536),
        metavar="PORT",
        help="default: the first free one from 7860",
    )
    parser.add_argument("--model", help="name or config (default: embedded nano)")
    parser.add_argument("--weights", help="file, URL or hf://owner/name")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Build the page, print its address and serve until Ctrl-C."""
    args = parse_args(argv)
    from solider_mm.engine import launching  # noqa: PLC0415  -h answers at once

    with launching.report_user_errors():
        from solider_mm.page.lambda_page import build_page, serve  # noqa: PLC0415

        serve(build_page(args.model, args.weights), args.host, args.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
