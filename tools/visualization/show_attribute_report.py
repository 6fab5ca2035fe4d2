"""Show an attribute report as a table and as a bar chart.

    python tools/visualization/show_attribute_report.py report.json --out report.png

Write report.json by testing with --cfg-options test_evaluator.report_file=report.json.
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("report", type=Path, help="JSON file written by the metric")
    parser.add_argument(
        "--out",
        type=Path,
        help="picture to write (.png, .pdf, .svg); default: the report's name, .png",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Print the table and plot the chart."""
    args = parse_args(argv)
    # Imported late, so that --help answers at once.
    from solider_mm.engine import launching
    from solider_mm.evaluation.attribute.report import (
        format_attribute_report,
        read_attribute_report,
    )
    from solider_mm.visualization import plot_attribute_report, write_figure

    with launching.report_user_errors():
        report = read_attribute_report(args.report)
        print(format_attribute_report(report))
        out = args.out or args.report.with_suffix(".png")
        print(write_figure(plot_attribute_report(report), out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
