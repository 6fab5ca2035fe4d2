r"""Plot training curves from the work folders of one or more stages.

Example:
    python tools/analysis_tools/plot_training.py work_dirs/dino work_dirs/solider \
        --out curves.png
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import create_parser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="WORK_DIR",
        help="work folder of a stage (resumes inside it are joined) or a scalars.json; "
        "several are plotted one after the other",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="image to write (.png, .pdf, .svg); default: training_curves.png "
        "in the last work folder",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Plot the curves; return the exit code."""
    return run_command(plot, parse_args(argv))


def plot(args: argparse.Namespace) -> None:
    """Plot the curves and print the path of the image."""
    from solider_mm.visualization import plot_training

    last = args.paths[-1]
    folder = last if last.is_dir() else last.parent
    print(plot_training(args.paths, args.out or folder / "training_curves.png"))


if __name__ == "__main__":
    sys.exit(main())
