"""Command line: `python -m solider_mm TASK INPUT… --out DIR`.

Tasks:
    features    one vector per image, from the backbone
    reid        identity embeddings; with --gallery, who is nearest
    attributes  what each person wears and carries, by name
    detect      boxes of pedestrians
    search      people in frames with embeddings; with --query, find one person
    parse       class of every pixel of a person
    pose        keypoints
    parts       semantic parts, found without labels
    models      list the models by name
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
SKIPPED_EXIT_CODE = 3


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; nothing heavy is imported before."""
    parser = argparse.ArgumentParser(
        prog="python -m solider_mm",
        description=__doc__,
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
    task = tasks.add_parser(name, help=f"see {CLASSES[name]}")
    needs_inputs = "*" if name == "search" else "+"
    task.add_argument(
        "inputs",
        nargs=needs_inputs,
        help="images, folders, glob patterns, URLs, videos, or webcam:0",
    )
    task.add_argument("--model", help="name, config or checkpoint (default: nano)")
    task.add_argument("--weights", help="file, URL or hf://owner/name")
    task.add_argument("--out", type=Path, required=True, help="folder for the results")
    task.add_argument(
        "--semantic-weight", type=float, help="λ in [0, 1] (default: the model's)"
    )
    task.add_argument("--device", help="default: a GPU if there is one")
    task.add_argument("--batch-size", type=int, default=16, help="default: 16")
    task.add_argument(
        "--json", action="store_true", help="also print each row to standard output"
    )
    task.add_argument("--show", action="store_true", help="open the pictures")
    task.add_argument(
        "--no-pictures", action="store_true", help="write rows only, no pictures"
    )
    task.add_argument("--frame-step", type=int, default=1, help="take every Nth frame")
    task.add_argument("--start", type=float, default=0.0, help="seconds into a video")
    task.add_argument("--end", type=float, help="seconds into a video")
    for option, settings in _OPTIONS.get(name, {}).items():
        task.add_argument(option, **settings)


_THRESHOLD: dict[str, Any] = {"type": float, "help": "lowest score that is reported"}
_BOX: dict[str, Any] = {"type": float, "nargs": 4, "metavar": ("X1", "Y1", "X2", "Y2")}
_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "features": {
        "--format": {
            "choices": ("safetensors", "parquet"),
            "default": "safetensors",
            "help": "file of the vectors (default: safetensors)",
        },
        "--normalize": {"action": "store_true", "help": "scale vectors to length 1"},
    },
    "reid": {
        "--gallery": {
            "help": "folder, or a file that --save-gallery wrote (default: the inputs)"
        },
        "--save-gallery": {"type": Path, "help": "write the gallery's vectors here"},
        "--topk": {"type": int, "default": 5, "help": "matches per image (default: 5)"},
    },
    "attributes": {
        "--threshold": {
            "type": float,
            "default": 0.5,
            "help": "probability above which an attribute is reported (default: 0.5)",
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
        "--topk": {"type": int, "default": 20, "help": "appearances (default: 20)"},
    },
    "pose": {
        "--box": {**_BOX, "action": "append", "help": "a person; once for each"},
        "--detect": {
            "nargs": "?",
            "const": "",
            "metavar": "MODEL",
            "help": "find people first, with our detector or a named one",
        },
    },
    "parts": {"--num-parts": {"type": int, "default": 3, "help": "N (default: 3)"}},
}


def main(argv: list[str] | None = None) -> int:
    """Run a task.

    Args:
        argv: Words of the command line.

    Returns:
        0; 3 if inputs were skipped because they cannot be read.
    """
    args = parse_args(argv)
    from solider_mm.engine import launching  # noqa: PLC0415  -h answers at once

    with launching.report_user_errors():
        if args.task == "models":
            return print_models(args.models_of)
        if args.task == "search" and args.query:
            return find_person(args)
        return answer(args)
    return 0


def print_models(task: str | None) -> int:
    """Print the name, λ and license of every model."""
    from solider_mm.apis import find_model, list_models  # noqa: PLC0415

    for name in list_models(task):
        entry = find_model(name)
        weights = "no weights published"
        if entry.weights is not None:
            weights = (
                f"weights: {entry.metadata.get('Weights License', 'see its page')}"
            )
        weight = entry.metadata.get("Semantic Weight")
        facts = [entry.task, *([] if weight is None else [f"λ = {weight}"]), weights]
        sys.stdout.write(f"{name}  ({'; '.join(facts)})\n")
    return 0


def build(args: argparse.Namespace) -> Any:
    """Build the inferencer of a task."""
    from solider_mm import apis  # noqa: PLC0415

    extra: dict[str, Any] = {}
    if args.task == "parts":
        extra["num_parts"] = args.num_parts
    if args.task == "features":
        extra["normalize"] = args.normalize
    kind: Callable[..., Any] = getattr(apis, CLASSES[args.task])
    return kind(args.model, args.weights, args.device, **extra)


def answer(args: argparse.Namespace) -> int:
    """Answer for every input and write the results."""
    if not args.inputs:
        raise ValueError("no input was given: give an image, a folder or a video")
    options = {"batch_size": args.batch_size, "video": video_options(args)}
    inferencer = build(args)
    table: dict[str, list[Any]] = {"feature": [], "name": [], "source": []}
    for result in inferencer.iterate(
        args.inputs,
        args.semantic_weight,
        out_dir=args.out,
        save_pictures=not args.no_pictures,
        return_vis=args.show,
        **options,
        **task_options(args, inferencer, options),
    ):
        if args.json:
            sys.stdout.write(json.dumps(inferencer.row(result)) + "\n")
        if args.show:
            show(result["visualization"])
        if args.task == "features":
            for key, values in table.items():
                values.append(result[key])
    if args.task == "features":
        save_table(table, args.out / f"features.{args.format}")
    return finish(args, inferencer.problems.messages)


def task_options(
    args: argparse.Namespace, inferencer: Any, shared: dict[str, Any]
) -> dict[str, Any]:
    """Options of a task's call."""
    if args.task == "reid":
        return {"gallery": open_gallery(args, inferencer, shared), "topk": args.topk}
    if args.task == "attributes":
        return {"threshold": args.threshold}
    if args.task in ("detect", "search"):
        return {"score_threshold": args.score_threshold}
    if args.task == "pose":
        return {"boxes": args.box, "detector": build_detector(args)}
    return {}


def open_gallery(
    args: argparse.Namespace, inferencer: Any, shared: dict[str, Any]
) -> Any:
    """Read or build the gallery; without one the inputs are compared to each other."""
    from solider_mm.inference.gallery_index import GalleryIndex  # noqa: PLC0415

    named = args.gallery
    if named and Path(named).suffix in (".safetensors", ".parquet"):
        return GalleryIndex.load(named)
    gallery = GalleryIndex.build(
        inferencer,
        [named] if named else args.inputs,
        semantic_weight=args.semantic_weight,
        **shared,
    )
    if args.save_gallery:
        gallery.save(args.save_gallery)
    return gallery


def build_detector(args: argparse.Namespace) -> Any:
    """Build the detector that finds people for a top-down task."""
    if args.detect is None:
        return None
    from solider_mm import apis  # noqa: PLC0415

    return apis.PedestrianDetectionInferencer(
        args.detect or None, device=args.device, show_progress=False
    )


def find_person(args: argparse.Namespace) -> int:
    """Find the query in videos and folders."""
    from solider_mm.inference.media import iterate_media  # noqa: PLC0415
    from solider_mm.inference.person_finder import (  # noqa: PLC0415
        PersonFinder,
        write_appearances,
    )

    places = [*args.inputs, *args.places]
    if not places:
        raise ValueError("nothing to search: give videos or folders with --in")
    query = next(iter(iterate_media(args.query)))
    model = build(args)
    found = PersonFinder(model)(
        query.image,
        places,
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
    else:
        for rank, track in enumerate(found[:5], 1):
            at = "" if track.best.time is None else f" at {track.best.time:.2f} s"
            sys.stdout.write(
                f"{rank}. {track.best.source}{at}: {track.best.similarity:.3f}\n"
            )
        if not found:
            sys.stdout.write("nobody was found\n")
    return finish(args, model.problems.messages)


def video_options(args: argparse.Namespace) -> Any:
    """Which frames of videos are taken."""
    from solider_mm.inference.video import VideoOptions  # noqa: PLC0415

    return VideoOptions(step=args.frame_step, start=args.start, end=args.end)


def save_table(table: dict[str, list[Any]], path: Path) -> None:
    """Write the vectors of all images."""
    import numpy as np  # noqa: PLC0415

    from solider_mm.inference.feature_file import (  # noqa: PLC0415
        FeatureTable,
        save_features,
    )

    features = FeatureTable(np.stack(table["feature"]), table["name"], table["source"])
    save_features(features, path)


def show(picture: Any) -> None:
    """Open a picture in the viewer of the system."""
    from PIL import Image  # noqa: PLC0415

    Image.fromarray(picture).show()


def finish(args: argparse.Namespace, problems: list[str]) -> int:
    """Say where the results are, and what was skipped."""
    sys.stderr.write(f"results: {args.out}\n")
    for problem in problems:
        sys.stderr.write(f"skipped: {problem}\n")
    return SKIPPED_EXIT_CODE if problems else 0


if __name__ == "__main__":
    sys.exit(main())
