"""Options of `python -m solider_mm`."""

import argparse
from pathlib import Path
from typing import Any

__all__ = ["CLASSES", "parse_args"]

CLASSES = {
    "features": "FeatureExtractor",
    "reid": "ReIDInferencer",
    "attributes": "AttributeInferencer",
    "detect": "PedestrianDetectionInferencer",
    "search": "PersonSearchInferencer",
    "parse": "HumanParsingInferencer",
    "pose": "HumanPoseInferencer",
    "parts": "SemanticPartsInferencer",
}
"""Inferencer of each task."""

_ANSWERS = {
    "features": "one vector per image, from the backbone",
    "reid": "identity embeddings, and who is nearest in the gallery",
    "attributes": "what each person wears and carries, by name",
    "detect": "boxes of pedestrians",
    "search": "people in frames with embeddings; with --query, find one person",
    "parse": "class of every pixel of a person",
    "pose": "keypoints",
    "parts": "semantic parts, found without labels",
}
_THRESHOLD: dict[str, Any] = {
    "type": float,
    "help": "lowest score that is reported (default: %(default)s)",
}
_BOX: dict[str, Any] = {"type": float, "nargs": 4, "metavar": ("X1", "Y1", "X2", "Y2")}
_SIZE: dict[str, Any] = {
    "type": int,
    "nargs": 2,
    "metavar": ("H", "W"),
    "help": "image size of the model (default: that of its config)",
}
# Tasks that answer for one person per image, and therefore take or find people.
_PER_PERSON = ("features", "reid", "attributes", "parse", "pose", "parts")
_OF_TASK: dict[str, dict[str, dict[str, Any]]] = {
    "features": {
        "--format": {
            "choices": ("safetensors", "parquet"),
            "default": "safetensors",
            "help": "file of the vectors (default: safetensors)",
        },
        "--normalize": {"action": "store_true", "help": "scale vectors to length 1"},
        "--size": _SIZE,
    },
    "reid": {
        "--gallery": {
            "help": "folder, or a file that --save-gallery wrote (default: the inputs)"
        },
        "--save-gallery": {"type": Path, "help": "write the gallery's vectors here"},
        "--topk": {
            "type": int,
            "default": 5,
            "help": "matches per image (default: %(default)s)",
        },
    },
    "attributes": {
        "--threshold": {
            "type": float,
            "default": 0.5,
            "help": "probability above which an attribute is reported "
            "(default: %(default)s)",
        }
    },
    "detect": {"--score-threshold": {**_THRESHOLD, "default": 0.3}},
    "search": {
        "--score-threshold": {**_THRESHOLD, "default": 0.5},
        "--query": {"help": "image of the person to find"},
        "--box": {**_BOX, "help": "the person in the query, in pixels"},
        "--in": {
            "dest": "places",
            "nargs": "+",
            "default": [],
            "help": "videos, folders or images to search",
        },
        "--topk": {
            "type": int,
            "default": 20,
            "help": "appearances (default: %(default)s)",
        },
    },
    "parse": {
        "--all-views": {
            "action": "store_true",
            "help": "average over the scales and flips of the config",
        }
    },
    "pose": {
        "--threshold": {
            "type": float,
            "default": 0.2,
            "help": "score below which a joint is not drawn (default: %(default)s)",
        }
    },
    "parts": {
        "--num-parts": {"type": int, "help": "N (default: that of the config, or 3)"},
        "--size": _SIZE,
    },
}


def parse_args(
    argv: list[str] | None = None, description: str | None = None
) -> argparse.Namespace:
    """Parse the command line.

    Args:
        argv: Words after the program's name; None takes those of the process.
        description: Text of the help.

    Returns:
        Parsed command line.
    """
    parser = argparse.ArgumentParser(
        prog="python -m solider_mm",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    listing = tasks.add_parser("models", help="list the models by name")
    listing.add_argument(
        "--for", dest="models_of", metavar="TASK", help="one task only"
    )
    for name in CLASSES:
        _add_task(tasks, name)
    return parser.parse_args(argv)


def _add_task(tasks: Any, name: str) -> None:
    answer = _ANSWERS[name]
    task = tasks.add_parser(name, help=answer, description=f"Answer: {answer}.")
    task.add_argument(
        "inputs",
        nargs="*" if name == "search" else "+",
        metavar="INPUT",
        help="images, folders, glob patterns, URLs, videos, or webcam:0",
    )
    task.add_argument("--model", help="name, config or checkpoint (default: nano)")
    task.add_argument("--weights", help="file, URL or hf://owner/name")
    task.add_argument("--out", type=Path, required=True, help="folder for the results")
    task.add_argument(
        "--semantic-weight",
        type=float,
        nargs="+" if name == "parts" else None,
        metavar="λ",
        help="λ in [0, 1]; several are compared (default: the model's, or 1)"
        if name == "parts"
        else "λ in [0, 1] (default: the model's)",
    )
    task.add_argument("--device", help="default: a GPU if there is one")
    task.add_argument("--batch-size", type=int, default=16, help="default: 16")
    task.add_argument(
        "--json", action="store_true", help="also print each row to standard output"
    )
    if name != "features":
        task.add_argument(
            "--parquet", action="store_true", help="also write the rows as Parquet"
        )
    task.add_argument("--show", action="store_true", help="open the pictures")
    task.add_argument(
        "--no-pictures", action="store_true", help="write rows only, no pictures"
    )
    task.add_argument("--frame-step", type=int, default=1, help="take every Nth frame")
    task.add_argument("--start", type=float, default=0.0, help="seconds into a video")
    task.add_argument("--end", type=float, help="seconds into a video")
    if name in _PER_PERSON:
        task.add_argument(
            "--box", **_BOX, action="append", help="a person, in pixels; once for each"
        )
        task.add_argument(
            "--detect",
            nargs="?",
            const="",
            metavar="MODEL",
            help="find people first, with our detector or one of mmdet's by name",
        )
    for option, settings in _OF_TASK[name].items():
        task.add_argument(option, **settings)
