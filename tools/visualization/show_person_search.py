"""Plot person-search queries with their most similar detections.

The ranking file comes from an evaluation:

    mim test solider_mm configs/person_search/CONFIG.py --checkpoint CHECKPOINT
        --cfg-options test_evaluator.ranking_file=search.json

Examples:
    python tools/visualization/show_person_search.py search.json
    python tools/visualization/show_person_search.py search.json --queries worst --whole
"""

import argparse
import sys
from pathlib import Path


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line. Heavy imports come later, so -h is fast."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "ranking", type=Path, help="JSON file written by the evaluation"
    )
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
        help="selection of queries: evenly spread, or by average precision "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--num-queries", type=int, default=8, help="rows (default: %(default)s)"
    )
    parser.add_argument(
        "--top-k", type=int, default=6, help="detections per row (default: %(default)s)"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        help="folder to which relative image paths refer",
    )
    parser.add_argument(
        "--context",
        type=float,
        default=2.0,
        help="size of a view relative to its box (default: %(default)s)",
    )
    parser.add_argument("--whole", action="store_true", help="show whole frames")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
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
        write_figure,
    )

    needs = ("queries", "protocol", "mAP")
    content = read_ranking(args.ranking, "PersonSearchMetric", needs)
    queries = choose_queries(content["queries"], args.num_queries, args.queries)
    score = content["mAP"]
    score_text = "no query counts" if score is None else f"mAP {score:.1%}"
    figure = plot_search_panel(
        queries,
        top_k=args.top_k,
        context=None if args.whole else args.context,
        root=args.root,
        title=f"{content['protocol']}: {score_text}",
    )
    path = write_figure(figure, args.out, dpi=110)
    sys.stdout.write(
        f"{path}: {len(queries)} of {len(content['queries'])} queries; green is the "
        "queried person, orange is not.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
