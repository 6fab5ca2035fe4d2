"""Plot training curves from the work folders of one or more stages.

Example:
    python tools/analysis_tools/plot_training.py work_dirs/dino work_dirs/solider --out curves.png
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
        help="picture to write (.png, .pdf, .svg); default: training_curves.png "
        "in the last work folder",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    args = parse_args(argv)
    # Imported late, so that --help answers at once.
    from solider_mm.engine import launching
    from solider_mm.visualization import plot_training

    last = args.paths[-1]
    folder = last if last.is_dir() else last.parent
    with launching.report_user_errors():
        out = args.out or folder / "training_curves.png"
        print(plot_training(args.paths, out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
