"""Refuse wrong arguments before anything heavy is imported."""

import argparse
import math
from pathlib import Path
from urllib.parse import urlparse

from solider_mm.fileio.media_files import media_files
from solider_mm.inference.host_models import find_host_model
from solider_mm.model_index import find_model

__all__ = ["check_arguments"]

# Options that are fractions, and options that count something.
_FRACTIONS = {
    "attributes": ("threshold",),
    "detect": ("score_threshold",),
    "search": ("score_threshold",),
}
_EMBEDDED = ("embedded", "embedded-start")
_CONFIGS = (".py", ".json", ".yaml", ".yml")
_WEIGHTS = (".pth", ".pt", ".safetensors")
_COUNTS = ("batch_size", "topk", "frame_step", "num_parts")


def check_arguments(args: argparse.Namespace) -> None:
    """Check numbers, boxes and inputs.

    Args:
        args: Parsed command line of a task.

    Raises:
        ValueError: If a number is out of range, a box is empty, or there is no input.
        FileNotFoundError: If an input does not exist or a folder holds nothing.
        NotADirectoryError: If the results cannot be written there.
    """
    _check_numbers(args)
    _check_boxes(args)
    _check_out(args.out)
    for text in (args.model, args.weights, getattr(args, "detect", None)):
        _check_file(text)
    _check_name(args.model, "mmdet" if args.task == "detect" else None)
    _check_name(getattr(args, "detect", None), "mmdet")
    places = getattr(args, "places", [])
    query = getattr(args, "query", None)
    if query is None and (places or not args.inputs):
        raise ValueError(
            "no input was given: give images, folders or videos; with --in, the person "
            "to find as --query IMAGE"
        )
    if query is not None and not (args.inputs or places):
        raise ValueError("nothing to search: give videos or folders with --in")
    gallery = getattr(args, "gallery", None)
    for text in (*args.inputs, *places, query, gallery):
        if text is not None and not _is_elsewhere(text):
            media_files(text)


def _check_numbers(args: argparse.Namespace) -> None:
    weights = args.semantic_weight
    for weight in weights if isinstance(weights, list) else [weights]:
        if weight is not None and not 0 <= weight <= 1:  # also NaN
            raise ValueError(
                f"--semantic-weight is {weight:g}, expected λ in [0, 1]: 0 keeps "
                "appearance, 1 semantics"
            )
    for name in _FRACTIONS.get(args.task, ()):
        value = getattr(args, name)
        if not 0 <= value <= 1:
            raise ValueError(
                f"--{name.replace('_', '-')} is {value:g}, expected a number in [0, 1]"
            )
    for name in _COUNTS:
        count = getattr(args, name, None)
        if count is not None and count < 1:
            raise ValueError(
                f"--{name.replace('_', '-')} is {count}, expected at least 1"
            )
    ends = math.inf if args.end is None else args.end
    if not 0 <= args.start < ends:
        raise ValueError(
            f"--start is {args.start:g} s and --end {ends:g} s: expected 0 <= start < "
            "end"
        )


def _check_boxes(args: argparse.Namespace) -> None:
    given = getattr(args, "box", None) or []
    for x1, y1, x2, y2 in [given] if args.task == "search" and given else given:
        if not (x1 < x2 and y1 < y2):
            raise ValueError(
                f"--box is {x1:g} {y1:g} {x2:g} {y2:g}, expected X1 < X2 and Y1 < Y2: "
                "left, top, right, bottom in pixels"
            )


def _check_out(out: Path) -> None:
    for folder in (out, *out.parents):
        if folder.exists():
            if not folder.is_dir():
                raise NotADirectoryError(
                    f"--out is {out}, but {folder} is a file: give a folder"
                )
            return


def _check_file(text: str | None) -> None:
    path = None if text is None or "://" in text else Path(text).expanduser()
    if path is not None and path.suffix in (*_CONFIGS, *_WEIGHTS):
        kind = "config" if path.suffix in _CONFIGS else "checkpoint"
        if not path.is_file():
            raise FileNotFoundError(f"no {kind} at {path}: check the path")


def _check_name(name: str | None, host: str | None) -> None:
    """Refuse a name that no model has."""
    is_name = name and name not in _EMBEDDED and "://" not in name
    if not is_name or Path(str(name)).suffix in (*_CONFIGS, *_WEIGHTS):
        return
    if host is None or find_host_model(str(name), host) is None:
        find_model(str(name))


def _is_elsewhere(text: str) -> bool:
    return text.startswith("webcam:") or urlparse(text).scheme in ("http", "https")
