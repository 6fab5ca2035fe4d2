"""Plot re-ID queries with their nearest gallery images, marked as match or miss.

The ranking file comes from an evaluation:

    mim test solider_mm configs/reid/CONFIG.py --checkpoint CHECKPOINT
        --cfg-options test_evaluator.ranking_file=ranking.json

Examples:
    python tools/visualization/show_ranked_gallery.py ranking.json
    python tools/visualization/show_ranked_gallery.py ranking.json --queries worst --num-queries 12
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
        default=Path("ranked_gallery.png"),
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
        "--top-k", type=int, default=10, help="images per row (default: %(default)s)"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        help="folder to which relative image paths refer",
    )
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
        plot_ranked_gallery,
        read_ranking,
        write_figure,
    )

    content = read_ranking(args.ranking, "ReIDMetric", ("queries", "cmc"))
    queries = choose_queries(content["queries"], args.num_queries, args.queries)
    title = f"mAP {content['mAP']:.1%}, Rank-1 {content['cmc'][0]:.1%}"
    figure = plot_ranked_gallery(queries, top_k=args.top_k, root=args.root, title=title)
    path = write_figure(figure, args.out, dpi=110)
    sys.stdout.write(
        f"{path}: {len(queries)} of {len(content['queries'])} queries; green is the "
        "same person from another camera, orange is not.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
