r"""Inspect a checkpoint, or convert it to another format.

    python tools/model_converters/convert_checkpoint.py FILE --inspect
    python tools/model_converters/convert_checkpoint.py FILE OUT --to official
    python tools/model_converters/convert_checkpoint.py FILE OUT.safetensors \
        --to openmmlab --half

FILE is an official training file or the official weights, a pretraining checkpoint of
ours (its teacher is used), or any OpenMMLab checkpoint with a Swin. Files are read
without running code from them.
"""

import argparse
import sys
from pathlib import Path

from solider_mm.command_line import create_parser, run_command

WRITERS = ("official", "openmmlab")


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "file", help="checkpoint to read: .pth, .safetensors, a URL, or 'embedded'"
    )
    parser.add_argument("out", type=Path, nargs="?", help="file to write")
    parser.add_argument(
        "--to",
        choices=WRITERS,
        help="format to write: official for the released code, openmmlab for the hosts",
    )
    parser.add_argument(
        "--half", action="store_true", help="write float16, for inference"
    )
    parser.add_argument(
        "--backbone-only",
        action="store_true",
        help="omit the DINO neck (openmmlab only)",
    )
    parser.add_argument(
        "--inspect", action="store_true", help="describe the file, write nothing"
    )
    args = parser.parse_args(argv)
    if args.inspect and (args.out or args.to):
        parser.error("--inspect writes nothing: give neither OUT nor --to")
    if not args.inspect and (args.out is None or args.to is None):
        parser.error("give OUT and --to, or --inspect")
    if args.backbone_only and args.to != "openmmlab":
        parser.error("--backbone-only requires --to openmmlab")
    return args


def convert(args: argparse.Namespace) -> None:
    """Describe the checkpoint and write it in the wanted format."""
    from solider_mm import checkpoints

    if args.out is None:
        print(checkpoints.inspect_checkpoint(args.file))
        return
    checkpoint = checkpoints.read_checkpoint(args.file)
    print(f"{args.file}: {checkpoint}")
    writers = {
        "official": checkpoints.to_official,
        "openmmlab": checkpoints.to_openmmlab,
    }
    content = writers[args.to](checkpoint)
    if args.backbone_only:
        content["state_dict"] = {
            key: value
            for key, value in content["state_dict"].items()
            if key.startswith("backbone.")
        }
    if args.half:
        content = checkpoints.to_half(content)
    checkpoints.save_checkpoint(content, args.out)
    print(f"wrote {args.out} in {args.to} format")


def main(argv: list[str] | None = None) -> int:
    """Inspect or convert a checkpoint; return the exit code."""
    return run_command(convert, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
