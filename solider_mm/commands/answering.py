"""Answer for every input of a command and write the results."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from solider_mm.commands.building import (
    build_inferencer,
    people_options,
    video_options,
)
from solider_mm.inference.feature_file import FeatureTable, save_features
from solider_mm.inference.gallery_index import GalleryIndex
from solider_mm.inference.media import count_media
from solider_mm.inference.parts_panel import PartsPanel
from solider_mm.inference.row_table import write_row_table

__all__ = ["answer", "find_parts"]


def answer(args: argparse.Namespace) -> list[str]:
    """Answer for every input.

    Args:
        args: Parsed command line.

    Returns:
        One sentence for each input that was skipped.
    """
    inferencer = build_inferencer(args)
    shared = {
        "semantic_weight": args.semantic_weight,
        "batch_size": args.batch_size,
        "video": video_options(args),
        **people_options(args),
    }
    table: dict[str, list[Any]] = {"feature": [], "name": [], "source": []}
    for result in inferencer.iterate(
        args.inputs,
        out_dir=args.out,
        save_pictures=not args.no_pictures,
        return_vis=args.show,
        **shared,
        **_task_options(args, inferencer, shared),
    ):
        _report(args, inferencer, result)
        if args.task == "features":
            for key, values in table.items():
                values.append(result[key])
    if args.task == "features":
        path = args.out / f"features.{args.format}"
        _save_vectors(table, path, inferencer.fingerprint)
    elif args.parquet:
        write_row_table(args.out / f"{inferencer.rows_name}.jsonl")
    return list(inferencer.problems.messages)


def find_parts(args: argparse.Namespace) -> list[str]:
    """Find semantic parts, at one λ or at several.

    Each of several λ gets a folder; `panel.png` compares them, image by image.

    Args:
        args: Parsed command line.

    Returns:
        One sentence for each input that was skipped.
    """
    inferencer = build_inferencer(args)
    people = people_options(args)
    weights = args.semantic_weight or [None]
    total = None if people else count_media(args.inputs)
    panel = PartsPanel(inferencer.num_parts, total)
    for weight in weights:
        several = len(weights) > 1
        out = args.out / f"semantic_weight_{weight:g}" if several else args.out
        panel.next_view()
        for result in inferencer.iterate(
            args.inputs,
            weight,
            batch_size=args.batch_size,
            out_dir=out,
            save_pictures=not args.no_pictures,
            return_vis=args.show,
            keep_image=True,
            video=video_options(args),
            **people,
        ):
            panel.add(result)
            _report(args, inferencer, result)
        if args.parquet:
            write_row_table(out / f"{inferencer.rows_name}.jsonl")
    if not args.no_pictures:
        panel.write(args.out / "panel.png")
    return list(inferencer.problems.messages)


def _report(args: argparse.Namespace, inferencer: Any, result: dict[str, Any]) -> None:
    if args.json:
        row = json.dumps(inferencer.row(result), ensure_ascii=False)
        sys.stdout.write(row + "\n")
    if args.show:
        Image.fromarray(result["visualization"]).show()


def _task_options(
    args: argparse.Namespace, inferencer: Any, shared: dict[str, Any]
) -> dict[str, Any]:
    """Options of a task's call."""
    if args.task == "reid":
        return {"gallery": _gallery(args, inferencer, shared), "topk": args.topk}
    if args.task == "attributes":
        return {"threshold": args.threshold}
    if args.task in ("detect", "search"):
        return {"score_threshold": args.score_threshold}
    if args.task == "parse":
        return {"all_views": args.all_views}
    if args.task == "pose":
        return {"keypoint_threshold": args.threshold}
    return {}


def _gallery(
    args: argparse.Namespace, inferencer: Any, shared: dict[str, Any]
) -> GalleryIndex:
    """Read or build the gallery; without one the inputs are compared to each other."""
    named = args.gallery
    if named and Path(named).suffix in (".safetensors", ".parquet"):
        return GalleryIndex.load(named)
    images = [named] if named else args.inputs
    gallery = GalleryIndex.build(inferencer, images, **shared)
    if args.save_gallery:
        gallery.save(args.save_gallery)
    return gallery


def _save_vectors(table: dict[str, list[Any]], path: Path, model: str) -> None:
    if table["feature"]:
        vectors = np.stack(table["feature"])
        save_features(
            FeatureTable(vectors, table["name"], table["source"], model), path
        )
