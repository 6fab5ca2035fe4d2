"""Command line: `python -m solider_mm TASK INPUT… --out DIR`.

Tasks:
    features    one vector per image, from the backbone
    reid        identity embeddings, and who is nearest in the gallery
    attributes  what each person wears and carries, by name
    detect      boxes of pedestrians
    search      people in frames with embeddings; with --query, find one person
    parse       class of every pixel of a person
    pose        keypoints
    parts       semantic parts, found without labels
    models      list the models by name

Exit codes: 0; 3 if inputs were skipped because they cannot be read; 2 for an error; 130
after Ctrl-C, which keeps the results so far.
"""

import argparse
import sys

from solider_mm.commands.checks import check_arguments
from solider_mm.commands.options import parse_args
from solider_mm.commands.quiet import only_errors, quiet_imports
from solider_mm.user_errors import report_user_errors

SKIPPED_EXIT_CODE = 3
INTERRUPTED_EXIT_CODE = 130


def main(argv: list[str] | None = None) -> int:
    """Run a task.

    Args:
        argv: Words of the command line.

    Returns:
        0; 3 if inputs were skipped because they cannot be read; 130 after Ctrl-C.
    """
    args = parse_args(argv, __doc__)
    with report_user_errors():
        if args.task == "models":
            from solider_mm.commands.listing import print_models  # noqa: PLC0415

            print_models(args.models_of)
            return 0
        check_arguments(args)
        try:
            return finish(args, run(args))
        except KeyboardInterrupt:
            sys.stderr.write(f"stopped: the results so far are in {args.out}\n")
            return INTERRUPTED_EXIT_CODE
    return 0


def run(args: argparse.Namespace) -> list[str]:
    """Answer; the heavy imports are here, so that errors above come at once.

    Args:
        args: Checked command line of a task.

    Returns:
        One sentence for each input that was skipped.
    """
    with quiet_imports():
        from solider_mm.commands import answering, searching  # noqa: PLC0415
    only_errors()
    if args.task == "search" and args.query:
        return searching.find_person(args)
    if args.task == "parts":
        return answering.find_parts(args)
    return answering.answer(args)


def finish(args: argparse.Namespace, problems: list[str]) -> int:
    """Say where the results are, and what was skipped."""
    sys.stderr.write(f"results: {args.out}\n")
    for problem in problems:
        sys.stderr.write(f"skipped: {problem}\n")
    return SKIPPED_EXIT_CODE if problems else 0


if __name__ == "__main__":
    sys.exit(main())
