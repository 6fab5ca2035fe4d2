"""What the command-line tools share: parsers, repeated options and exit codes.

Only the standard library is imported here, so that `-h` answers at once.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from solider_mm.device_option import add_device_option, apply_device
from solider_mm.user_errors import report_user_errors

__all__ = [
    "add_data_options",
    "add_ranking_options",
    "add_run_options",
    "check_outputs",
    "create_parser",
    "parse_run_options",
    "run_command",
]


def create_parser(description: str | None) -> argparse.ArgumentParser:
    """Create a parser that keeps the line breaks of a module's docstring.

    Args:
        description: Docstring of the tool, with its examples.

    Returns:
        The parser, without options.
    """
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run_command(
    action: Callable[[argparse.Namespace], int | None], args: argparse.Namespace
) -> int:
    """Run a tool; a user's error becomes one sentence and exit code 2.

    Args:
        action: What the tool does; it may return an exit code.
        args: Parsed command line.

    Returns:
        Exit code; 0 when the action returns None.
    """
    with report_user_errors():
        return action(args) or 0
    return 0


def check_outputs(*paths: Path | None) -> None:
    """Refuse files that cannot be written, before the work whose results they hold.

    Args:
        *paths: Files to be written; None is ignored. Missing folders are created.

    Raises:
        ValueError: If a file cannot be written.
    """
    for path in paths:
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path.parent):
                pass
            if path.is_dir():
                raise IsADirectoryError(None, "it is a folder")
        except OSError as error:
            raise ValueError(
                f"{path} cannot be written ({error.strerror}): expected a file in a "
                "folder that you may write to; give another path."
            ) from error


def add_run_options(parser: argparse.ArgumentParser, example: str) -> None:
    """Add the options of training and testing, as mim passes them.

    Args:
        parser: Parser to extend.
        example: KEY=VALUE to show in the help of `--cfg-options`.
    """
    parser.add_argument(
        "--work-dir", help="folder for logs and results (default: work_dirs/CONFIG)"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help=f"override config values, for example {example}",
    )
    add_device_option(parser)
    parser.add_argument(
        "--launcher",
        choices=("none", "pytorch", "slurm", "mpi"),
        default="none",
        help="launcher of a distributed run (default: %(default)s)",
    )
    parser.add_argument(
        "--local_rank",
        "--local-rank",
        type=int,
        default=0,
        help="set by the launcher",
    )


def parse_run_options(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse the command line; pass on the local rank and the device.

    Args:
        parser: Parser with the options of `add_run_options`.

    Returns:
        Parsed command line.
    """
    args = parser.parse_args()
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    apply_device(parser, args.device)
    return args


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the images of a data set.

    Args:
        parser: Parser to extend.
    """
    parser.add_argument("data_root", help="folder of the images")
    parser.add_argument(
        "--layout",
        default="folder",
        help="luperson, market1501, lspet, ccp or folder (default: %(default)s)",
    )
    parser.add_argument("--subset", help="subset of the layout, for example train")
    parser.add_argument("--list-file", help="list of images, relative to data_root")


def add_ranking_options(
    parser: argparse.ArgumentParser, out: str, top_k: int, unit: str
) -> None:
    """Add the options of the charts that show a ranking.

    Args:
        parser: Parser to extend.
        out: Default file name of the chart.
        top_k: Default number of results in a row.
        unit: What a result is, for the help.
    """
    parser.add_argument("ranking", type=Path, help="JSON file of the evaluation")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(out),
        help="image to write (default: %(default)s)",
    )
    parser.add_argument(
        "--queries",
        choices=("spread", "worst", "best"),
        default="spread",
        help="queries to plot: evenly spread, or by average precision "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--num-queries", type=int, default=8, help="rows (default: %(default)s)"
    )
    parser.add_argument(
        "--top-k",
        type=int,
        default=top_k,
        help=f"{unit} in a row (default: %(default)s)",
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), help="folder that the paths start from"
    )
