"""Render synthetic pedestrians with exact labels, in the folder layouts of real data.

Examples:
    python tools/generate_synthetic.py --layout market1501 --out data/synthetic/reid
    python tools/generate_synthetic.py --layout all --out data/synthetic --workers 2
    python tools/generate_synthetic.py --preview synthetic.png
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from solider_mm.command_line import create_parser, run_command

# Options of each layout: (option, argument of the writer).
OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "market1501": (
        ("num_identities", "num_identities"),
        ("num_test_identities", "num_test_identities"),
        ("shots", "shots_per_camera"),
        ("background", "background"),
    ),
    "pa100k": (
        ("num_train", "num_train"),
        ("num_val", "num_val"),
        ("num_test", "num_test"),
        ("shots", "shots_per_identity"),
    ),
    "prw": (
        ("num_identities", "num_train_identities"),
        ("num_test_identities", "num_test_identities"),
        ("num_train", "num_train_frames"),
        ("num_test", "num_test_frames"),
        ("num_people", "people_per_frame"),
    ),
    "citypersons": (
        ("num_train", "num_train"),
        ("num_val", "num_val"),
        ("num_people", "people_per_image"),
    ),
    "lip": (("num_train", "num_train"), ("num_val", "num_val")),
    "coco": (
        ("num_train", "num_train"),
        ("num_val", "num_val"),
        ("num_people", "people_per_image"),
    ),
}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; the renderer is imported later."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "--layout",
        choices=[*OPTIONS, "all"],
        help="layout to write; all = every layout",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder to write; with --layout all, each layout gets a subfolder",
    )
    parser.add_argument("--preview", type=Path, help="write a contact sheet here")
    parser.add_argument("--seed", type=int, default=0, help="seed of the rendering")
    counts = parser.add_argument_group("counts (default: those of the layout)")
    counts.add_argument("--num-identities", type=int, help="people (market1501, prw)")
    counts.add_argument(
        "--num-test-identities",
        type=int,
        help="other people for the test (market1501, prw)",
    )
    counts.add_argument(
        "--shots",
        type=int,
        help="crops per person (pa100k), per person and camera (market1501)",
    )
    counts.add_argument("--num-train", type=int, help="training images")
    counts.add_argument("--num-val", type=int, help="validation images")
    counts.add_argument("--num-test", type=int, help="test images (pa100k, prw)")
    counts.add_argument("--num-people", type=int, help="people in each scene")
    parser.add_argument("--num-cameras", type=int, help="number of cameras")
    parser.add_argument(
        "--size", type=int, nargs=2, metavar=("H", "W"), help="size of the images"
    )
    parser.add_argument(
        "--background",
        choices=("street", "noise"),
        help="background (market1501): streets, or uninformative noise, with which "
        "pretraining finds people sooner",
    )
    parser.add_argument("--workers", type=int, default=0, help="rendering processes")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(argv)
    if args.layout is None and args.preview is None:
        parser.error("nothing to generate: give --layout with --out, or --preview")
    if args.layout is not None and args.out is None:
        parser.error("--layout needs --out, the folder to write")
    return args


def settings_for(layout: str, args: argparse.Namespace) -> dict[str, Any]:
    """Collect the writer's arguments from the options that were given."""
    settings: dict[str, Any] = {"seed": args.seed, "workers": args.workers}
    settings["show_progress"] = not args.quiet
    if args.num_cameras is not None:
        settings["num_cameras"] = args.num_cameras
    if args.size is not None:
        settings["size"] = tuple(args.size)
    for option, argument in OPTIONS[layout]:
        value = getattr(args, option)
        if value is not None:
            settings[argument] = value
    return settings


def generate(args: argparse.Namespace) -> None:
    """Write the layouts and the contact sheet."""
    from solider_mm.fileio.image_io import write_image
    from solider_mm.synthetic import WRITERS, contact_sheet

    layouts = list(WRITERS) if args.layout == "all" else [args.layout]
    for layout in layouts if args.layout else []:
        out = args.out / layout if args.layout == "all" else args.out
        folder = WRITERS[layout](out, **settings_for(layout, args))
        print(f"{layout}: {folder}")
    if args.preview is not None:
        sheet = contact_sheet(seed=args.seed)
        write_image(sheet, args.preview)
        print(f"preview: {args.preview}")


def main(argv: list[str] | None = None) -> int:
    """Generate the data; return the exit code."""
    return run_command(generate, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
