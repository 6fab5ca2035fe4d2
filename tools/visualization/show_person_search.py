r"""Plot the results of person search: queries and their nearest detections.

The ranking file comes from an evaluation:

    mim test solider_mm configs/person_search/CONFIG.py --checkpoint FILE
        --cfg-options test_evaluator.ranking_file=search.json

Examples:
    python tools/visualization/show_person_search.py search.json
    python tools/visualization/show_person_search.py search.json \
        --queries worst --whole
"""

import argparse
import sys

from solider_mm.command_line import add_ranking_options, create_parser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; torch is imported later, so that `-h` answers at once."""
    parser = create_parser(__doc__)
    add_ranking_options(parser, "search_panel.png", 6, "detections")
    parser.add_argument(
        "--context",
        type=float,
        default=2.0,
        help="size of a view relative to its box (default: %(default)s)",
    )
    parser.add_argument("--whole", action="store_true", help="show whole frames")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Plot the panel; return the exit code."""
    return run_command(show, parse_args(argv))


def show(args: argparse.Namespace) -> None:
    """Read the ranking and write the panel."""
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
    result = "no valid query" if score is None else f"mAP {score:.1%}"
    figure = plot_search_panel(
        queries,
        top_k=args.top_k,
        context=None if args.whole else args.context,
        root=args.root,
        title=f"{content['protocol']}: {result}",
    )
    path = write_figure(figure, args.out, dpi=110)
    print(
        f"{path}: {len(queries)} of {len(content['queries'])} queries; green: the "
        "query's identity, orange: others."
    )


if __name__ == "__main__":
    sys.exit(main())
