"""Draw what person search found: queries, nearest detections, right or wrong.

The ranking file comes from an evaluation:

    mim test solider_mm configs/person_search/LEAF.py --checkpoint CHECKPOINT
        --cfg-options test_evaluator.ranking_file=search.json

Examples:
    python tools/visualization/show_person_search.py search.json
    python tools/visualization/show_person_search.py search.json --queries worst --whole
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line. Nothing heavy is imported before: -h answers at once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ranking", type=Path, help="JSON that the evaluation wrote")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("search_panel.png"),
        help="picture to write (default: %(default)s)",
    )
    parser.add_argument(
        "--queries",
        choices=("spread", "worst", "best"),
        default="spread",
        help="which to draw: evenly spread, or by average precision "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--num-queries", type=int, default=8, help="rows (default: %(default)s)"
    )
    parser.add_argument(
        "--top-k", type=int, default=6, help="detections a row (default: %(default)s)"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        help="folder that the paths start from",
    )
    parser.add_argument(
        "--context",
        type=float,
        default=2.0,
        help="sides of a view in sides of its box (default: %(default)s)",
    )
    parser.add_argument("--whole", action="store_true", help="show the frames whole")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Draw, and say where the picture is."""
    args = parse_args(argv)
    from solider_mm.engine import launching

    with launching.report_user_errors():
        show(args)
    return 0


def show(args: argparse.Namespace) -> None:
    """Read the ranking and write the picture."""
    from solider_mm.visualization import (
        choose_queries,
        plot_search_panel,
        read_ranking,
        write_search_panel,
    )

    needs = ("queries", "protocol", "mAP")
    content = read_ranking(args.ranking, "PersonSearchMetric", needs)
    queries = choose_queries(content["queries"], args.num_queries, args.queries)
    score = content["mAP"]
    told = "no query counts" if score is None else f"mAP {score:.1%}"
    figure = plot_search_panel(
        queries,
        top_k=args.top_k,
        context=None if args.whole else args.context,
        root=args.root,
        title=f"{content['protocol']}: {told}",
    )
    path = write_search_panel(figure, args.out)
    sys.stdout.write(
        f"{path}: {len(queries)} of {len(content['queries'])} queries; green is the "
        "person who is asked for, orange is not.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
