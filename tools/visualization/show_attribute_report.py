"""Show an attribute report as a table and as a bar chart.

    python tools/visualization/show_attribute_report.py report.json --out report.png

`mim test` writes report.json with
--cfg-options test_evaluator.report_file=report.json.
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import create_parser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument("report", type=Path, help="JSON file of the metric")
    parser.add_argument(
        "--out",
        type=Path,
        help="image to write (.png, .pdf, .svg); default: the report's name, .png",
    )
    return parser.parse_args(argv)


def show(args: argparse.Namespace) -> None:
    """Print the table, plot the chart and print its path."""
    from solider_mm.evaluation.attribute.report import (
        format_attribute_report,
        read_attribute_report,
    )
    from solider_mm.visualization import plot_attribute_report, write_figure

    report = read_attribute_report(args.report)
    print(format_attribute_report(report))
    out = args.out or args.report.with_suffix(".png")
    print(write_figure(plot_attribute_report(report), out))


def main(argv: list[str] | None = None) -> int:
    """Show the report; return the exit code."""
    return run_command(show, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
