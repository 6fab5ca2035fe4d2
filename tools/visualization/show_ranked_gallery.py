r"""Plot the ranking of re-identification: queries and their nearest gallery images.

The ranking file comes from an evaluation:

    mim test solider_mm configs/reid/CONFIG.py --checkpoint FILE
        --cfg-options test_evaluator.ranking_file=ranking.json

Examples:
    python tools/visualization/show_ranked_gallery.py ranking.json
    python tools/visualization/show_ranked_gallery.py ranking.json \
        --queries worst --num-queries 12
"""

import argparse
import sys

from solider_mm.command_line import add_ranking_options, create_parser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    add_ranking_options(parser, "ranked_gallery.png", 10, "images")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Plot the ranking; return the exit code."""
    return run_command(show, parse_args(argv))


def show(args: argparse.Namespace) -> None:
    """Read the ranking and write the chart."""
    from solider_mm.visualization import (
        choose_queries,
        plot_ranked_gallery,
        read_ranking,
        write_figure,
    )

    content = read_ranking(args.ranking, "ReIDMetric", ("queries", "cmc"))
    queries = choose_queries(content["queries"], args.num_queries, args.queries)
    title = "no query has a match"
    if content["cmc"] is not None:
        title = f"mAP {content['mAP']:.1%}, Rank-1 {content['cmc'][0]:.1%}"
    figure = plot_ranked_gallery(queries, top_k=args.top_k, root=args.root, title=title)
    path = write_figure(figure, args.out, dpi=110)
    print(
        f"{path}: {len(queries)} of {len(content['queries'])} queries; green: the "
        "query's identity, orange: others, gray: unlabeled."
    )


if __name__ == "__main__":
    sys.exit(main())
