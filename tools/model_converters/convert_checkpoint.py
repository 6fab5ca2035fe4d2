"""Tell what a checkpoint is, or write it in another layout.

    python tools/model_converters/convert_checkpoint.py FILE --what-is-this
    python tools/model_converters/convert_checkpoint.py FILE OUT --to official
    python tools/model_converters/convert_checkpoint.py FILE OUT.safetensors --to openmmlab --half

FILE may be the authors' (training file or released weights), our pretraining
checkpoint (the teacher is taken), or any OpenMMLab checkpoint with a Swin. Files are
read without running code from them.
"""

import argparse
import sys
from pathlib import Path

WRITERS = ("official", "openmmlab")


def main() -> int:
    """Do what the command line says; 1 if the file is refused."""
    args = parse_args()
    # Slow imports wait until the command line is known to be good.
    from solider_mm import checkpoints

    try:
        checkpoint = checkpoints.read_checkpoint(args.file)
        print(f"{args.file}: {checkpoint}")
        if args.out is not None:
            writers = (checkpoints.to_official, checkpoints.to_openmmlab)
            content = dict(zip(WRITERS, writers, strict=True))[args.to](checkpoint)
            if args.backbone_only:
                content["state_dict"] = {
                    key: value
                    for key, value in content["state_dict"].items()
                    if key.startswith("backbone.")
                }
            if args.half:
                content = checkpoints.to_half(content)
            checkpoints.save_checkpoint(content, args.out)
            print(f"wrote {args.out} in {args.to} layout")
    except (FileNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "file", type=Path, help="checkpoint to read (.pth, .safetensors)"
    )
    parser.add_argument("out", type=Path, nargs="?", help="file to write")
    parser.add_argument(
        "--to",
        choices=WRITERS,
        help="layout to write: official for the authors' code, openmmlab for hosts",
    )
    parser.add_argument(
        "--half", action="store_true", help="write float16, for inference"
    )
    parser.add_argument(
        "--backbone-only",
        action="store_true",
        help="leave the DINO neck out (openmmlab only)",
    )
    parser.add_argument(
        "--what-is-this", action="store_true", help="describe the file, write nothing"
    )
    args = parser.parse_args()
    if args.what_is_this and (args.out or args.to):
        parser.error("--what-is-this writes nothing: give neither OUT nor --to")
    if not args.what_is_this and (args.out is None or args.to is None):
        parser.error("give OUT and --to, or --what-is-this")
    if args.backbone_only and args.to != "openmmlab":
        parser.error("--backbone-only goes with --to openmmlab")
    return args


if __name__ == "__main__":
    sys.exit(main())
