"""Build what a command needs: the inferencer, the detector, the frames to take."""

import argparse
from typing import Any

from solider_mm import apis
from solider_mm.commands.options import CLASSES
from solider_mm.commands.quiet import quiet_imports
from solider_mm.inference.video import VideoOptions

__all__ = ["build_inferencer", "people_options", "video_options"]


def build_inferencer(args: argparse.Namespace) -> Any:
    """Build the inferencer of a task.

    Args:
        args: Parsed command line.

    Returns:
        The inferencer, with the model's weights.
    """
    extra: dict[str, Any] = {}
    if args.task in ("features", "parts") and args.size is not None:
        extra["size"] = tuple(args.size)
    if args.task == "parts":
        extra["num_parts"] = args.num_parts
    if args.task == "features":
        extra["normalize"] = args.normalize
    with quiet_imports():
        kind = getattr(apis, CLASSES[args.task])
        return kind(args.model, args.weights, args.device, **extra)


def people_options(args: argparse.Namespace) -> dict[str, Any]:
    """Build the options that give or find the people of an image.

    Args:
        args: Parsed command line of a task that answers per person.

    Returns:
        `boxes` and `detector` of the inferencer's call.
    """
    if getattr(args, "box", None):
        return {"boxes": args.box}
    if getattr(args, "detect", None) is None:
        return {}
    with quiet_imports():
        detector = apis.PedestrianDetectionInferencer(
            args.detect or None, device=args.device, show_progress=False
        )
    return {"detector": detector}


def video_options(args: argparse.Namespace) -> VideoOptions:
    """Choose the frames of videos.

    Args:
        args: Parsed command line of a task.

    Returns:
        Which frames are taken.
    """
    return VideoOptions(step=args.frame_step, start=args.start, end=args.end)
