"""Find one person in videos and folders."""

import argparse
import sys

from solider_mm.commands.building import build_inferencer, video_options
from solider_mm.inference.media import iterate_media
from solider_mm.inference.person_finder import PersonFinder, write_appearances

__all__ = ["find_person"]

_PRINTED = 5


def find_person(args: argparse.Namespace) -> list[str]:
    """Rank the appearances of the query.

    Args:
        args: Parsed command line of `search` with `--query`.

    Returns:
        One sentence for each input that was skipped.
    """
    query = next(iter(iterate_media(args.query)))
    model = build_inferencer(args)
    found = PersonFinder(model)(
        query.image,
        [*args.inputs, *args.places],
        box=args.box,
        semantic_weight=args.semantic_weight,
        topk=args.topk,
        video=video_options(args),
        batch_size=args.batch_size,
        score_threshold=args.score_threshold,
    )
    path = write_appearances(found, query.image, args.out)
    if args.json:
        sys.stdout.write(path.read_text(encoding="utf-8") + "\n")
        return list(model.problems.messages)
    for rank, track in enumerate(found[:_PRINTED], 1):
        at = "" if track.best.time is None else f" at {track.best.time:.2f} s"
        sys.stdout.write(
            f"{rank}. {track.best.source}{at}: {track.best.similarity:.3f}\n"
        )
    if not found:
        sys.stdout.write("nobody was found\n")
    return list(model.problems.messages)
